package api_test

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"botd/adapters/simplex/internal/api"
)

// read takes a command apart the way the program's parser does, from its syntax and the
// types of its parameters alone: each place has a form of its own, JSON ends at its own
// end, and what is left over is an error. It returns what stood in each place.
func read(f *api.Form, s string) (map[string]string, bool) {
	return readSyntax(f, f.Syntax.String(), s)
}

func readSyntax(f *api.Form, syntax, s string) (places map[string]string, ok bool) {
	if syntax == "" {
		return map[string]string{}, s == ""
	}
	switch syntax[0] {
	case '{':
		name, after, _ := strings.Cut(syntax[1:], "}")
		value, rest, ok := place(f, name, s)
		if !ok {
			return nil, false
		}
		places, ok = readSyntax(f, after, rest)
		if ok {
			places[strings.TrimSuffix(name, ":json")] = value
		}
		return places, ok
	case '[':
		inner, after := bracket(syntax)
		_, inner, _ = strings.Cut(inner, "?")
		if places, ok = readSyntax(f, inner+after, s); ok { // an option is taken wherever it can be
			return places, true
		}
		return readSyntax(f, after, s)
	}
	if s == "" || s[0] != syntax[0] {
		return nil, false
	}
	return readSyntax(f, syntax[1:], s[1:])
}

func bracket(s string) (inner, after string) {
	depth := 0
	for i := range s {
		switch s[i] {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return s[1:i], s[i+1:]
			}
		}
	}
	panic("a bracket stays open: " + s)
}

// forms are how values of a type stand in a command; those of other types are JSON.
var forms = map[string]*regexp.Regexp{
	"int":              regexp.MustCompile(`^\d+`),
	"int64":            regexp.MustCompile(`^\d+`),
	"[int64]":          regexp.MustCompile(`^\d+(,\d+)*`),
	"bool":             regexp.MustCompile(`^(on|off)`),
	"string":           regexp.MustCompile(`^\S+`),
	"ChatRef":          regexp.MustCompile(`^[@#*]\d+(\(_support(:\d+)?\))?`),
	"CreatedConnLink":  regexp.MustCompile(`^\S+( \S+)?`),
	"ChatDeleteMode":   regexp.MustCompile(`^((full|entity)( notify=off)?|messages)`),
	"CIDeleteMode":     regexp.MustCompile(`^(broadcast|internalMark|internal|history)`),
	"PaginationByTime": regexp.MustCompile(`^count=\d+`),
	"GroupMemberRole":  regexp.MustCompile(`^[a-z]+`),
}

func place(f *api.Form, name, s string) (value, rest string, ok bool) {
	name, quoted := strings.CutSuffix(name, ":json")
	i := slices.IndexFunc(f.Params, func(p api.Field) bool { return p.Name == name })
	form := forms[f.Params[i].Type]
	switch {
	case form == nil || quoted:
		dec := json.NewDecoder(strings.NewReader(s))
		var v json.RawMessage
		if dec.Decode(&v) != nil {
			return "", "", false
		}
		return string(v), s[dec.InputOffset():], true
	case name == "filePath" || name == "search" || name == "sessionCode":
		return s, "", s != ""
	}
	m := form.FindString(s)
	return m, s[len(m):], m != ""
}

// readings are the commands a string can be read as, and what stands where then.
func readings(s string) map[string]map[string]string {
	found := map[string]map[string]string{}
	for _, c := range api.Load().Commands {
		for _, f := range []*api.Form{c.Older, &c.Form} {
			if f == nil {
				continue
			}
			if places, ok := read(f, s); ok {
				found[c.Name] = places
			}
		}
	}
	return found
}

// alike are commands that are written the same where no link is given; Safe sees to that.
var alike = map[string]string{"APIAddContact": "APIConnect", "APIConnect": "APIAddContact"}

// TestStringsCannotBreakOut puts arbitrary strings wherever a command of the examples has
// one. What is written reads as the same command, with each string in its place.
func TestStringsCannotBreakOut(t *testing.T) {
	list := examples(t)
	rapid.Check(t, func(t *rapid.T) {
		e := rapid.SampledFrom(list).Draw(t, "example")
		evil := rapid.OneOf(rapid.String(), rapid.SampledFrom(evils)).Draw(t, "text")
		checkContained(t, e, evil)
	})
}

// evils are what an author of a bad script would try.
var evils = []string{
	"/quit", "\n/quit", "x\n/sql chat drop table users", "\"}]", "\\\"}] /_stop", "1 /_stop", " ", "", "incognito=on", "@5", "#7",
	"a b", "full", "\r", "\u2028/quit", "\x00", "\xff", "off", " json []", "approved_relays=on /etc/passwd", "notify=off", "{}", "[]", "count=5",
	"https://x /_stop", "\u00a0", "\u0085",
}

func FuzzEncode(f *testing.F) {
	list := examples(f)
	for i, text := range evils {
		f.Add(uint16(i*7), text)
	}
	f.Fuzz(func(t *testing.T, n uint16, text string) {
		checkContained(t, list[int(n)%len(list)], text)
	})
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

func checkContained(t failer, e example, evil string) {
	t.Helper()
	args := replace(e.Args, evil).(map[string]any)
	got, err := api.Load().Command(e.Name).Encode(args)
	if err != nil {
		return // refused
	}
	found := readings(got)
	for name := range found {
		if name != e.Name && alike[name] != e.Name {
			t.Fatalf("%s with %q is written %q, which reads as %s", e.Name, evil, got, name)
		}
	}
	places, ok := found[e.Name]
	if !ok || strings.ContainsAny(got, "\n\r\x00") || got != strings.TrimSpace(got) {
		t.Fatalf("%s with %q is written %q, which reads as %v", e.Name, evil, got, found)
	}
	for name, text := range places {
		checkPlace(t, name, text, args)
	}
}

// checkPlace expects the argument itself in its place.
func checkPlace(t failer, name, text string, args map[string]any) {
	t.Helper()
	want, ok := args[name]
	if !ok {
		return // a name of the other form
	}
	var got any
	switch want := want.(type) {
	case string:
		if text != want && (json.Unmarshal([]byte(text), &got) != nil || got != valid(want)) {
			t.Fatalf("%s is %q, want %q", name, text, want)
		}
	case map[string]any:
		if link, ok := want["connFullLink"].(string); ok { // written as it is, whatever it looks like
			if !strings.HasPrefix(text+" ", link+" ") {
				t.Fatalf("%s is %q, want %q", name, text, link)
			}
			return
		}
		checkJSON(t, name, text, want)
	case []any:
		checkJSON(t, name, text, want)
	}
}

// checkJSON expects want where the text is an object or a list. What is written in another
// way, such as a chat, has none that could be read as one.
func checkJSON(t failer, name, text string, want any) {
	t.Helper()
	var got any
	if json.Unmarshal([]byte(text), &got) == nil && strings.ContainsAny(text[:1], "{[") && !reflect.DeepEqual(got, valid(want)) {
		t.Fatalf("%s is %s, want %v", name, text, want)
	}
}

// valid is a value as it comes back out of JSON.
func valid(v any) any {
	b, _ := json.Marshal(v)
	var out any
	json.Unmarshal(b, &out)
	return out
}

// replace puts text in the place of every string that is free.
func replace(v any, text string) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, e := range v {
			if k == "type" || k == "chatType" {
				m[k] = e
				continue
			}
			m[k] = replace(e, text)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = replace(v[i], text)
		}
		return list
	case string:
		return text
	}
	return v
}
