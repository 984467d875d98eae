package luaapi

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/script"
)

// http asks web servers. A script reaches public addresses, or the hosts its grants in
// config.yaml list; an answer has up to 1 MiB. A call that gets no answer returns nil and an
// error; an answer with a status such as 404 is an answer.
var httpModule = script.Module{Name: "http", Members: []script.Member{
	script.Fn("get", httpGet).Grants(engine.GrantHTTP), script.Fn("post", httpPost).Grants(engine.GrantHTTP), script.Fn("request", httpRequest).Grants(engine.GrantHTTP), script.Fn("json", httpJSON).Grants(engine.GrantHTTP),
	script.Fn("hook", httpHook).Grants(engine.GrantHTTP),
}}

type httpArgs struct {
	URL  string   `lua:"url"`
	Opts httpOpts `lua:"opts,optional"`
}

type httpOpts struct {
	Headers map[string]string `lua:"headers,optional"`
	Query   script.Value      `lua:"query,optional" type:"table"` // names and values to add to the address
	Body    string            `lua:"body,optional"`
	JSON    any               `lua:"json,optional"`    // plain data to send as the body
	Timeout time.Duration     `lua:"timeout,optional"` // for all of it, retries included: 10s if not given, 1m is the most
	Cache   time.Duration     `lua:"cache,optional"`   // an answer to the same GET may be this old
	Retry   int               `lua:"retry,optional"`   // how often to try again if that may help: 0 if not given, 5 is the most
}

// httpGet asks for what is at an address.
func httpGet(c *script.Call, a httpArgs) (*response, error) {
	return fetch(c, "opts", http.MethodGet, a.URL, a.Opts)
}

// httpPost sends something to an address: opts.body, or opts.json.
func httpPost(c *script.Call, a httpArgs) (*response, error) {
	return fetch(c, "opts", http.MethodPost, a.URL, a.Opts)
}

type httpRequestArgs struct {
	Request httpRequestTable `lua:"request"`
}

type httpRequestTable struct {
	URL     string            `lua:"url"`
	Method  string            `lua:"method,optional"` // GET if not given
	Headers map[string]string `lua:"headers,optional"`
	Query   script.Value      `lua:"query,optional" type:"table"` // names and values to add to the address
	Body    string            `lua:"body,optional"`
	JSON    any               `lua:"json,optional"`    // plain data to send as the body
	Timeout time.Duration     `lua:"timeout,optional"` // for all of it, retries included: 10s if not given, 1m is the most
	Cache   time.Duration     `lua:"cache,optional"`   // an answer to the same GET may be this old
	Retry   int               `lua:"retry,optional"`   // how often to try again if that may help: 0 if not given, 5 is the most
}

// httpRequest sends a request of any method.
func httpRequest(c *script.Call, a httpRequestArgs) (*response, error) {
	r := a.Request
	return fetch(c, "request", cmp.Or(r.Method, http.MethodGet), r.URL, httpOpts{r.Headers, r.Query, r.Body, r.JSON, r.Timeout, r.Cache, r.Retry})
}

// httpJSON asks for JSON and returns what it holds, as json.decode does. A status other than
// 200 to 299 is an error: 404 is "not_found", 401 and 403 are "denied", 429 is
// "rate_limited" with retry_after.
func httpJSON(c *script.Call, a httpArgs) (script.Value, error) {
	a.Opts.Headers = withDefault(maps.Clone(a.Opts.Headers), "Accept", "application/json")
	method := http.MethodGet
	if a.Opts.Body != "" || a.Opts.JSON != nil {
		method = http.MethodPost
	}
	r, err := fetch(c, "opts", method, a.URL, a.Opts)
	if err != nil {
		return script.Value{}, err
	}
	if err := r.failure(); err != nil {
		return script.Value{}, err
	}
	return jsonDecode(c, textArgs{r.body})
}

// maxHeaders bounds what is charged for; more would not pass anyway.
const maxHeaders = 1000

// fetch asks a server. The options are in the argument arg.
func fetch(c *script.Call, arg, method, address string, o httpOpts) (*response, error) {
	for _, n := range []struct {
		name  string
		below bool
	}{{"timeout", o.Timeout < 0}, {"cache", o.Cache < 0}, {"retry", o.Retry < 0}} {
		if n.below {
			c.BadArg(arg, "%s: expected 0 or more", n.name)
		}
	}
	if len(o.Headers) > maxHeaders {
		c.BadArg(arg, "headers: more than %d", maxHeaders)
	}
	c.Charge(20 + len(o.Body)/16 + len(address)/4)
	headers := maps.Clone(o.Headers)
	if o.JSON != nil {
		if o.Body != "" {
			c.BadArg(arg, "either body or json, not both")
		}
		o.Body = jsonEncode(c, jsonEncodeArgs{Value: o.JSON})
		headers = withDefault(headers, "Content-Type", "application/json")
	}
	if !o.Query.IsNil() {
		address = withQuery(c, arg, address, o.Query)
	}
	got := c.Fetch(script.FetchRequest{
		Method: method, URL: address, Headers: headers, Body: []byte(o.Body), Timeout: o.Timeout, Cache: o.Cache, Retry: o.Retry,
	})
	if got.Err != nil {
		return nil, got.Err
	}
	return &response{status: got.Status, headers: got.Headers, body: string(got.Body), url: got.URL, cached: got.Cached}, nil
}

// withDefault adds a header unless there is one, whatever its case.
func withDefault(headers map[string]string, name, value string) map[string]string {
	for have := range headers {
		if strings.EqualFold(have, name) {
			return headers
		}
	}
	if headers == nil {
		headers = make(map[string]string, 1)
	}
	headers[name] = value
	return headers
}

// withQuery adds to the query of an address, which may have one.
func withQuery(c *script.Call, arg, address string, query script.Value) string {
	plain, err := c.Plain(query)
	if err != nil {
		c.BadArg(arg, "query: %s", err)
	}
	if !query.IsTable() {
		c.BadArg(arg, "query: %s", script.Expected("a table of names and values", query))
	}
	named, ok := plain.(map[string]any)
	if !ok {
		c.BadArg(arg, "query: expected names with values, got a list")
	}
	add := encodeQuery(c, named, arg, "query.")
	if add == "" {
		return address
	}
	address, fragment, marked := strings.Cut(address, "#")
	switch {
	case !strings.Contains(address, "?"):
		address += "?"
	case !strings.HasSuffix(address, "?") && !strings.HasSuffix(address, "&"):
		address += "&"
	}
	address += add
	if marked {
		address += "#" + fragment
	}
	return address
}

// response is what a web server answered.
type response struct {
	status  int
	headers map[string]string
	body    string
	url     string
	cached  bool
}

var responseClass = script.Class[*response]{
	Name: "response",
	Members: []script.Member{
		script.Prop("status", responseStatus), script.Prop("ok", responseOK), script.Prop("headers", responseHeaders),
		script.Prop("body", responseBody), script.Prop("url", responseURL), script.Prop("cached", responseCached),
		script.Method("json", responseJSON).Reads(), script.PlainMethod("header", responseHeader).Reads(),
	},
	String: func(r *response) string { return http.StatusText(r.status) },
}

// Keeps implements [script.Keeper].
func (r *response) Keeps(func(script.Value)) int {
	n := len(r.body) + len(r.url)
	for name, value := range r.headers {
		n += len(name) + len(value) + 32
	}
	return n
}

// responseStatus is the number the server answered with: 200 is well.
func responseStatus(r *response) int { return r.status }

// responseOK tells whether the status is one from 200 to 299.
func responseOK(r *response) bool { return r.status >= 200 && r.status <= 299 }

// responseHeaders are the headers by their names in lower case.
func responseHeaders(r *response) map[string]string { return r.headers }

// responseBody is what was asked for: any bytes.
func responseBody(r *response) string { return r.body }

// responseURL is the address that answered, after redirects.
func responseURL(r *response) string { return r.url }

// responseCached tells whether the answer was kept from an earlier request.
func responseCached(r *response) bool { return r.cached }

// responseJSON reads the body as json.decode does.
func responseJSON(c *script.Call, r *response, _ script.None) (script.Value, error) {
	return jsonDecode(c, textArgs{r.body})
}

type headerArgs struct {
	Name string `lua:"name"` // in any case
}

// responseHeader is one header; nil if there is none.
func responseHeader(_ *script.Call, r *response, a headerArgs) script.Maybe {
	v, ok := r.headers[strings.ToLower(a.Name)]
	return script.Maybe{Text: v, Given: ok}
}

// codes of statuses that mean failure; others from 500 on are NotConnected, the rest Invalid.
var statusCodes = map[int]engine.Code{
	http.StatusUnauthorized: engine.Denied, http.StatusForbidden: engine.Denied, http.StatusNotFound: engine.NotFound, http.StatusGone: engine.NotFound,
	http.StatusRequestTimeout: engine.Timeout, http.StatusGatewayTimeout: engine.Timeout, http.StatusConflict: engine.Conflict, http.StatusTooManyRequests: engine.RateLimited,
}

// failure is a status as an error; nil for a good one.
func (r *response) failure() error {
	if responseOK(r) {
		return nil
	}
	code, ok := statusCodes[r.status]
	if !ok {
		if code = engine.Invalid; r.status >= http.StatusInternalServerError {
			code = engine.NotConnected
		}
	}
	e := engine.Errorf(code, "%s answered %d %s", hostOf(r.url), r.status, http.StatusText(r.status))
	if d, ok := engine.ParseDuration(r.headers["retry-after"]); ok {
		e.RetryAfter = d
	}
	return e
}

func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return "the server"
}
