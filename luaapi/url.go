package luaapi

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"botd/engine"
	"botd/engine/script"
)

// url takes web addresses apart and writes what goes into them.
var urlModule = script.Module{Name: "url", Pure: true, Members: []script.Member{
	script.Fn("parse", urlParse), script.Plain("encode", urlEncode), script.Fn("decode", urlDecode), script.Fn("join", urlJoin),
}}

// maxURL bounds an address.
const maxURL = 64 << 10

type urlArgs struct {
	URL string `lua:"url"`
}

// urlParts is a web address in parts.
type urlParts struct {
	Scheme   string            `lua:"scheme"` // in lower case, "" if there is none
	Host     string            `lua:"host"`   // without the port
	Port     *int              `lua:"port"`   // the scheme's own if the address names none; nil if that is unknown
	Path     string            `lua:"path"`   // decoded
	Query    map[string]string `lua:"query"`  // decoded; the first value of a name that comes again
	Fragment string            `lua:"fragment"`
	User     string            `lua:"user"`
}

var portOf = map[string]int{"http": 80, "ws": 80, "https": 443, "wss": 443}

// urlParse takes an address apart.
func urlParse(c *script.Call, a urlArgs) (*urlParts, error) {
	u, err := parseURL(c, a.URL)
	if err != nil {
		return nil, err
	}
	p := &urlParts{
		Scheme: u.Scheme, Host: u.Hostname(), Path: u.Path, Fragment: u.Fragment, User: u.User.Username(),
		Query: map[string]string{},
	}
	port, _ := strconv.Atoi(u.Port())
	p.Port = known(cmp.Or(port, portOf[u.Scheme]))
	for name, values := range u.Query() {
		c.Charge(1 + len(name)/16)
		p.Query[name] = values[0]
	}
	return p, nil
}

func parseURL(c *script.Call, text string) (*url.URL, error) {
	c.Charge(5 + min(len(text), maxURL)/4)
	if len(text) > maxURL {
		return nil, engine.Errorf(engine.Invalid, "an address of more than %d KiB", maxURL>>10)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, engine.Errorf(engine.Invalid, "%s is not an address: %s", quoted(text), reason(err))
	}
	return u, nil
}

// reason is what is wrong with an address, without the address.
func reason(err error) string {
	if ue := (*url.Error)(nil); errors.As(err, &ue) {
		return ue.Err.Error()
	}
	return err.Error()
}

type urlEncodeArgs struct {
	Value script.Value `lua:"value" type:"string|number|table"` // a text, or a table of names and values
}

// urlEncode writes a text so that it can stand anywhere in an address, or a table as the
// query of one: {q = "a b", n = 1} is "n=1&q=a%20b". Names come in their order.
func urlEncode(c *script.Call, a urlEncodeArgs) string {
	if !a.Value.IsTable() {
		if n, ok := a.Value.AsNumber(); ok {
			return escapeURL(c, strconv.FormatFloat(n, 'f', -1, 64))
		}
		s, ok := a.Value.AsString()
		if !ok {
			c.BadArg("value", "%s", script.Expected("a string, a number or a table", a.Value))
		}
		return escapeURL(c, s)
	}
	plain, err := c.Plain(a.Value)
	if err != nil {
		c.BadArg("value", "%s", err)
	}
	named, ok := plain.(map[string]any)
	if !ok {
		c.BadArg("value", "expected names with values, got a list")
	}
	return encodeQuery(c, named, "value", "")
}

func escapeURL(c *script.Call, s string) string {
	c.Charge(1 + len(s)/4)
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// encodeQuery writes named values; a list stands for several of one name. What is wrong with them
// is said of the argument arg, at the place in it.
func encodeQuery(c *script.Call, named map[string]any, arg, place string) string {
	type pair struct{ name, value string }
	var pairs []pair
	for name, value := range named {
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		for _, v := range list {
			text, ok := queryText(v)
			if !ok {
				c.BadArg(arg, "%s%s: expected a string, a number or a boolean, or a list of them", place, name)
			}
			pairs = append(pairs, pair{escapeURL(c, name), escapeURL(c, text)})
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(a.name, b.name) })
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + p.value)
	}
	return b.String()
}

func queryText(v any) (text string, ok bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// urlDecode reverses url.encode of a text; a "+" is a space.
func urlDecode(c *script.Call, a textArgs) (string, error) {
	c.Charge(1 + len(a.Text)/8)
	s, err := url.QueryUnescape(a.Text)
	if err != nil {
		return "", engine.Errorf(engine.Invalid, "%s", err.Error())
	}
	return s, nil
}

type urlJoinArgs struct {
	Base string `lua:"base"`
	Ref  string `lua:"ref"` // as in a link on the page
}

// urlJoin is the whole address that a link on a page means.
func urlJoin(c *script.Call, a urlJoinArgs) (string, error) {
	base, err := parseURL(c, a.Base)
	if err != nil {
		return "", err
	}
	ref, err := parseURL(c, a.Ref)
	if err != nil {
		return "", err
	}
	return base.ResolveReference(ref).String(), nil
}
