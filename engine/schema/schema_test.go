package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"botd/engine"
	"botd/engine/schema"
)

// read decodes YAML to plain data.
func read(t testing.TB, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return plain(v).(map[string]any)
}

func plain(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return v
}

func lines(problems []schema.Problem) string {
	list := make([]string, len(problems))
	for i, p := range problems {
		list[i] = p.String()
	}
	return strings.Join(list, "\n")
}

const everything = `
text: {default: hi, min: 1, max: 5, help: what to say}
count: {type: int, default: 3, min: 1, max: 10}
ratio: 0.5
on: true
pause: {type: duration, default: 5m, min: 1s}
how: {enum: [loud, quiet], default: quiet}
words: {of: text, default: [a, b], max: 3}
rules: {of: {fields: {name: {type: text, required: true}, n: 1}}}
deep: {fields: {a: {fields: {b: x}}}}
free: {type: any}
`

func TestFill(t *testing.T) {
	s, problems := schema.Parse(read(t, everything))
	if problems != nil {
		t.Fatal(lines(problems))
	}
	defaults := map[string]any{
		"text": "hi", "count": 3.0, "ratio": 0.5, "on": true, "pause": 300.0, "how": "quiet", "words": []any{"a", "b"},
		"deep": map[string]any{"a": map[string]any{"b": "x"}},
	}
	for _, tt := range []struct {
		name, values string
		want         map[string]any // what differs from the defaults
		problem      string
	}{
		{"nothing", "{}", nil, ""},
		{"nulls", "{text: null, rules: ~}", nil, ""},
		{"all kinds", "{text: you, count: 10, ratio: 2, on: false, pause: 1h30m, how: loud, words: [], free: {x: [1]}}", map[string]any{
			"text": "you", "count": 10.0, "ratio": 2.0, "on": false, "pause": 5400.0, "how": "loud", "words": []any{}, "free": map[string]any{"x": []any{int64(1)}},
		}, ""},
		{"text of numbers", `{text: 12345, count: "7", on: "false", pause: "90"}`, map[string]any{"text": "12345", "count": 7.0, "on": false, "pause": 90.0}, ""},
		{"defaults in lists", "{rules: [{name: a}, {name: b, n: 2}]}", map[string]any{"rules": []any{map[string]any{"name": "a", "n": 1.0}, map[string]any{"name": "b", "n": 2.0}}}, ""},
		{"a part of a table", "{deep: {a: {b: y}}}", map[string]any{"deep": map[string]any{"a": map[string]any{"b": "y"}}}, ""},
		{"unknown", "{txet: x, zzz: 1}", nil, "txet: there is no such setting, did you mean \"text\"?\nzzz: there is no such setting; there are count, deep, free, how, on, pause, ratio, rules, text, words"},
		{"types", "{text: [a], count: 1.5, ratio: x, on: 1, pause: soon, words: a, deep: 1}", nil, `count: want a whole number from 1 to 10, got the number 1.5
deep: want keys and values, got the number 1
on: want true or false, got the number 1
pause: want a duration such as "90s" or "5m" at least 1s, got text
ratio: want a number, got text
text: want text of 1 to 5 characters, got a list
words: want a list of text with at most 3 items, got text`},
		{"ranges", "{text: '', count: 11, pause: 0, words: [a, b, c, d]}", nil, `count: want a whole number from 1 to 10
pause: want a duration such as "90s" or "5m" at least 1s
text: want text of 1 to 5 characters
words: want a list of text with at most 3 items`},
		{"enum", "{how: louder}", nil, `how: want "loud" or "quiet"`},
		{"items", "{words: [a, [b], null], rules: [{n: x}, 5]}", nil, `rules[1].n: want a number, got text
rules[1].name: is missing; want text
rules[2]: want keys and values, got the number 5
words[2]: want text, got a list
words[3]: want text, got nothing`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := s.Fill(read(t, tt.values))
			if text := lines(problems); text != tt.problem {
				t.Errorf("problems\n%s\nwant\n%s", text, tt.problem)
			}
			if tt.problem != "" {
				return
			}
			want := map[string]any{}
			for k, v := range defaults {
				want[k] = v
			}
			for k, v := range tt.want {
				want[k] = v
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

// What one reader does to a default is not seen by the next.
func TestDefaultsAreCopies(t *testing.T) {
	s, _ := schema.Parse(read(t, "{list: [a, {b: c}]}"))
	got, _ := s.Fill(nil)
	got["list"].([]any)[1].(map[string]any)["b"] = "changed"
	again, _ := s.Fill(nil)
	if fmt.Sprint(again) != "map[list:[a map[b:c]]]" {
		t.Errorf("got %v", again)
	}
}

// A table whose keys may be anything has values of one kind.
func TestTableOfOneKind(t *testing.T) {
	s, problems := schema.Parse(read(t, "{weights: {type: table, of: {type: number, min: 0}}, names: {type: table, of: text, default: {a: b}}}"))
	if problems != nil {
		t.Fatal(lines(problems))
	}
	got, problems := s.Fill(read(t, `{weights: {owner: 2, guest: "0.5", nobody: null}}`))
	want := map[string]any{"weights": map[string]any{"owner": 2.0, "guest": 0.5}, "names": map[string]any{"a": "b"}}
	if d := cmp.Diff(want, got); d != "" || problems != nil {
		t.Errorf("%s\n-want +got\n%s", lines(problems), d)
	}
	_, problems = s.Fill(read(t, "{weights: {owner: -1, guest: much}, names: {a: [b]}}"))
	if got := lines(problems); got != "names.a: want text, got a list\nweights.guest: want a number at least 0, got text\nweights.owner: want a number at least 0" {
		t.Errorf("got\n%s", got)
	}
	if _, problems = s.Fill(read(t, "{weights: 3}")); lines(problems) != "weights: want keys and values, got the number 3" {
		t.Errorf("got\n%s", lines(problems))
	}
}

// A secret is checked, and not shown.
func TestSecrets(t *testing.T) {
	s, _ := schema.Parse(read(t, "{pass: {type: text, min: 4, enum: [open, sesame]}, n: {type: int, max: 5}}"))
	got, problems := s.Fill(map[string]any{"n": engine.Secret("5"), "pass": engine.Secret("sesame")})
	if problems != nil || got["n"] != 5.0 {
		t.Errorf("got %v, %v", got, problems)
	}
	_, problems = s.Fill(map[string]any{"n": engine.Secret("hunter2"), "pass": engine.Secret("hunter2")})
	if text := lines(problems); strings.Contains(text, "hunter2") || len(problems) != 2 {
		t.Errorf("problems %s", text)
	}
}

func TestParseFaults(t *testing.T) {
	for _, tt := range []struct{ name, defs, want string }{
		{"type", "{a: {type: txt}}", `a.type: there is no such type, did you mean "text"?`},
		{"key", "{a: {typ: text}}", `a.typ: there is no such key of a setting, did you mean "type"?`},
		{"null", "{a: null}", "a: want a default, or keys such as type and default"},
		{"default of another type", "{a: {type: int, default: x}}", "a.default: want a whole number, got text"},
		{"default outside", "{a: {default: 5, max: 3}}", "a.default: want a number at most 3"},
		{"default not in enum", "{a: {enum: [x, y], default: z}}", `a.default: want "x" or "y"`},
		{"enum of another type", "{a: {type: int, enum: [1, x]}}", "a.enum[2]: want a whole number, got text"},
		{"enum empty", "{a: {enum: []}}", "a.enum: want at least one value"},
		{"range", "{a: {type: int, min: 3, max: 1}}", "a.min: is more than max"},
		{"bound", "{a: {type: int, min: few}}", "a.min: want a number, got text"},
		{"required with default", "{a: {default: 1, required: true}}", "a.required: what is required needs no default; leave one of them out"},
		{"required", "{a: {type: int, required: yes please}}", "a.required: want true or false, got text"},
		{"of", "{a: {type: text, of: int}}", "a.of: only a list and a table have items; the type is text"},
		{"of and fields", "{a: {type: table, of: int, fields: {b: 1}}}", "a.of: a table has either fields or items of one kind; leave one of them out"},
		{"fields", "{a: {type: text, fields: {}}}", "a.fields: only a table has fields; the type is text"},
		{"name", "{'a.b': 1}", "a.b: a name must be one word without dots and brackets"},
		{"deep fault", "{a: {of: {fields: {b: {type: x}}}}}", "a.of.fields.b.type: there is no such type; there are text, int, number, bool, duration, list, table, any"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, problems := schema.Parse(read(t, tt.defs)); lines(problems) != tt.want {
				t.Errorf("got\n%s\nwant\n%s", lines(problems), tt.want)
			}
		})
	}
}

// A schema that is too large is refused, and does not take long to be.
func TestParseBounds(t *testing.T) {
	var deep any = map[string]any{"x": "y"}
	for range 100 {
		deep = map[string]any{"a": map[string]any{"fields": deep}}
	}
	wide := map[string]any{}
	for i := range 1000 {
		wide[fmt.Sprintf("f%d", i)] = "x"
	}
	for name, defs := range map[string]map[string]any{"deep": deep.(map[string]any), "wide": wide} {
		if _, problems := schema.Parse(defs); len(problems) == 0 || !strings.Contains(lines(problems), "too large") {
			t.Errorf("%s: %s", name, lines(problems))
		}
	}
}
