package args_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"botd/engine"
	"botd/luaapi/internal/args"
)

var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

var world = args.World{
	Now: now,
	User: func(name string) (any, error) {
		if name != "ann" && name != "@ann" {
			return nil, engine.Errorf(engine.NotFound, "%s is not here", name)
		}
		return "user:ann", nil
	},
	Room: func(name string) (any, error) { return "room:" + name, nil },
}

func TestParse(t *testing.T) {
	mute := "who:user for:duration=2m reason:rest?"
	tests := []struct {
		spec, line string
		want       map[string]any
		problem    string
	}{
		{mute, "ann", map[string]any{"who": "user:ann", "for": 2 * time.Minute}, ""},
		{mute, "@ann 5m being  rude ", map[string]any{"who": "user:ann", "for": 5 * time.Minute, "reason": "being  rude"}, ""},
		{mute, "ann being rude", map[string]any{"who": "user:ann", "for": 2 * time.Minute, "reason": "being rude"}, ""},
		{mute, "--for=1h ann", map[string]any{"who": "user:ann", "for": time.Hour}, ""},
		{mute, "ann --reason \"a b\" --for 1h", map[string]any{"who": "user:ann", "for": time.Hour, "reason": "a b"}, ""},
		{mute, "ann 1h --not a flag", map[string]any{}, "there is no --not"},
		{mute, "ann 1h -- --but text", map[string]any{"who": "user:ann", "for": time.Hour, "reason": "--but text"}, ""},
		{mute, "", nil, "who is missing: a user"},
		{mute, "bob", nil, "who: bob is not here"},
		{mute, "ann --fr=5m", nil, "there is no --fr, did you mean --for?"},
		{mute, "ann --for", nil, "--for needs a value: a duration"},
		{mute, "ann --for= 5m", nil, "--for needs a value"},
		{mute, "--for=1m --for=2m ann", nil, "for is given twice"},
		{"n:int", "5", map[string]any{"n": int64(5)}, ""},
		{"n:int", "-5", map[string]any{"n": int64(-5)}, ""},
		{"n:int", "five", nil, `n: expected a whole number, got "five"`},
		{"n:int", "5 6", nil, `too much: "6"`},
		{"n:int", "99999999999999999999", nil, "expected a whole number"},
		{"n:num x:num", "1.5 -2e3", map[string]any{"n": 1.5, "x": -2000.0}, ""},
		{"n:num", "NaN", nil, "expected a number"},
		{"n:num", "0x10", nil, "expected a number"},
		{"n:num", "1e999", nil, "expected a number"},
		{"a b", "x y", map[string]any{"a": "x", "b": "y"}, ""},
		{"a:word", `"x y"`, nil, "a: expected one word"},
		{"a:text b:text", `"x y" 'z'`, map[string]any{"a": "x y", "b": "z"}, ""},
		{"a:text", `“x \” y”`, map[string]any{"a": "x ” y"}, ""},
		{"a:text b:rest", `don't stop`, map[string]any{"a": "don't", "b": "stop"}, ""},
		{"a:text b:rest?", `"not closed`, map[string]any{"a": `"not`, "b": "closed"}, ""},
		{"a:text", `""`, nil, "a: expected a text"},
		{"a:quoted? b:rest?", `"x y" z`, map[string]any{"a": "x y", "b": "z"}, ""},
		{"a:quoted? b:rest?", `x "y" z`, map[string]any{"b": `x "y" z`}, ""},
		{"a:quoted? b:rest?", `„x“`, map[string]any{"a": "x"}, ""},
		{"--n:int a:quoted? b:rest?", `"x" --n 2 y`, map[string]any{"n": int64(2), "a": "x", "b": "y"}, ""},
		{"--a:quoted? b:rest?", `--a x y`, map[string]any{"a": "x", "b": "y"}, ""},
		{"a:quoted", "x", nil, `a: expected a text in quotes, got "x"`},
		{"l:list", `"a, b c,, d "`, map[string]any{"l": []string{"a", "b c", "d"}}, ""},
		{"l:list", `"a, b | c"`, map[string]any{"l": []string{"a, b", "c"}}, ""},
		{"l:list=a,b", "", map[string]any{"l": []string{"a", "b"}}, ""},
		{"l:list", ", ,", nil, `l: expected a list with commas or | between its parts, got ","`},
		{"a:rest", "  all of it ", map[string]any{"a": "all of it"}, ""},
		{"on:bool", "Yes", map[string]any{"on": true}, ""},
		{"on:bool", "maybe", nil, "expected yes or no"},
		{"--quiet:bool n:int", "5 --quiet", map[string]any{"quiet": true, "n": int64(5)}, ""},
		{"--quiet:bool n:int", "5", map[string]any{"quiet": false, "n": int64(5)}, ""},
		{"--quiet:bool=yes n:int", "--no-quiet 5", map[string]any{"quiet": false, "n": int64(5)}, ""},
		{"--quiet:bool n:int", "--quiet=no 5", map[string]any{"quiet": false, "n": int64(5)}, ""},
		{"--size:enum(small|large)=small", "--size large", map[string]any{"size": "large"}, ""},
		{"size:enum(small|large)", "LARGE", map[string]any{"size": "large"}, ""},
		{"size:enum(small|large)", "larg", nil, `size: there is no "larg", did you mean "large"?`},
		{"size:enum(small|large)", "x", nil, `size: expected one of small, large, got "x"`},
		{"u:url", "https://example.com/a?b=c", map[string]any{"u": "https://example.com/a?b=c"}, ""},
		{"u:url", "<http://example.com>", map[string]any{"u": "http://example.com"}, ""},
		{"u:url", "javascript:alert(1)", nil, "expected a web address"},
		{"u:url", "example.com", nil, "expected a web address"},
		{"d:dice=1d6", "", map[string]any{"d": "1d6"}, ""},
		{"d:dice", "D20-1", map[string]any{"d": "1d20-1"}, ""},
		{"d:dice", "1000d6", nil, "expected dice"},
		{"p:regex", "a+b", map[string]any{"p": "a+b"}, ""},
		{"p:regex", "a(", nil, "expected a regular expression"},
		{"r:room", "lobby", map[string]any{"r": "room:lobby"}, ""},
		{"t:time", "18:30", map[string]any{"t": time.Date(2026, 3, 10, 18, 30, 0, 0, time.UTC)}, ""},
		{"t:time", "11:00", map[string]any{"t": time.Date(2026, 3, 11, 11, 0, 0, 0, time.UTC)}, ""},
		{"t:time", `"tomorrow 18:30"`, map[string]any{"t": time.Date(2026, 3, 11, 18, 30, 0, 0, time.UTC)}, ""},
		{"t:time", `"2026-12-24 18:00"`, map[string]any{"t": time.Date(2026, 12, 24, 18, 0, 0, 0, time.UTC)}, ""},
		{"t:time", `"in 10m"`, map[string]any{"t": now.Add(10 * time.Minute)}, ""},
		{"t:time", "noon", nil, "expected a time"},
		{`a:text="two words" b:word?`, "", map[string]any{"a": "two words"}, ""},
		{"", "", map[string]any{}, ""},
		{"", "x", nil, `too much: "x"`},
	}
	for _, tt := range tests {
		t.Run(tt.spec+"/"+tt.line, func(t *testing.T) {
			s, err := args.ParseSpec(tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Parse(tt.line, world)
			if tt.problem != "" {
				if err == nil || !strings.Contains(err.Error(), tt.problem) {
					t.Fatalf("got %v, error %v; want %q", got, err, tt.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseSpecRefuses(t *testing.T) {
	for spec, want := range map[string]string{
		"n:wrod":                  `"n:wrod": no type "wrod", did you mean "word"?`,
		"n:quaternion":            "there are bool, dice, duration, enum, int, list",
		":int":                    "an argument is a name and a type",
		"1a:int":                  "an argument is a name and a type",
		"n:int!":                  `expected "?" or "=default" after the type, got "!"`,
		"n:int=":                  `expected "?" or "=default"`,
		"n:int=x":                 "the default: expected a whole number",
		"n:int n:int":             `there are two arguments "n"`,
		"r:rest n:int":            `"r" takes the rest of the line, so "n" must stand before it`,
		"e:enum":                  "an enum lists its values",
		"e:enum(a|a)":             "must be there and differ",
		"e:enum(a|)":              "must be there and differ",
		"--r:rest":                "a flag cannot take the rest",
		strings.Repeat("a ", 600): "longer than 1000 bytes",
		"a b c d e f g h i j k l m n o p q r s t u": "more than 20 arguments",
	} {
		if _, err := args.ParseSpec(spec); engine.CodeOf(err) != engine.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", spec, err, want)
		}
	}
}

func TestUsage(t *testing.T) {
	for spec, want := range map[string]string{
		"who:user for:duration=2m reason:rest?":            "<who> [for=2m] [reason...]",
		"size:enum(small|large) --quiet:bool --n:int":      "<small|large> [--quiet] [--n=int]",
		"size:enum(s|l)=s --as:enum(a|b) --to:enum(x|y)=y": "[size=s] [--as=a|b] [--to=x|y]",
		`what:quoted? options:rest? --of:quoted`:           `["what"] [options...] [--of=quoted]`,
		"":                                                 "",
	} {
		s, err := args.ParseSpec(spec)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Usage(); got != want {
			t.Errorf("%q: %q, want %q", spec, got, want)
		}
	}
}

func TestParseType(t *testing.T) {
	for _, name := range args.Types() {
		if name == "enum" {
			name = "enum(a|b c)"
		}
		typ, err := args.ParseType(name)
		if err != nil || typ.What() == "" {
			t.Errorf("%s: %v, %q", name, err, typ.What())
		}
	}
	for _, bad := range []string{"", "itn", "int?", "enum(a", "enum[a]"} {
		if _, err := args.ParseType(bad); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// FuzzParse checks that no description and no line makes a panic, that values are of
// their types, and that a value given by its name is the one given by its place.
func FuzzParse(f *testing.F) {
	f.Add("who:user for:duration=2m reason:rest?", "ann 5m being rude")
	f.Add("a:text --quiet:bool n:int", `"x \" y" --no-quiet -5`)
	f.Add("e:enum(a|b) t:time d:dice=1d6", `b “in 5m” -- --`)
	f.Add("u:url r:regex", "--u=https://x.y/ 'a b'")
	f.Fuzz(func(t *testing.T, text, line string) {
		s, err := args.ParseSpec(text)
		if err != nil {
			return
		}
		_ = s.Usage()
		values, err := s.Parse(line, world)
		if err != nil {
			if c := engine.CodeOf(err); c != engine.Invalid && c != engine.NotFound {
				t.Fatalf("%q of %q: %v", line, text, err)
			}
			return
		}
		for name, v := range values {
			i := slices.IndexFunc(s, func(a args.Arg) bool { return a.Name == name })
			if i < 0 {
				t.Fatalf("a value for %q, which %q does not have", name, text)
			}
			if got, want := fmt.Sprintf("%T", v), map[string]string{
				"int": "int64", "num": "float64", "bool": "bool", "duration": "time.Duration", "time": "time.Time", "list": "[]string",
			}[s[i].Type.Name]; want != "" && got != want {
				t.Errorf("%s is a %s", s[i].Type.Name, got)
			}
		}
		for _, a := range s {
			if _, ok := values[a.Name]; !ok && !a.Optional {
				t.Errorf("%q is missing and was not missed", a.Name)
			}
		}
	})
}

func FuzzParseDice(f *testing.F) {
	for _, s := range []string{"2d6+1", "d20", "3d8-1d4", "-5", "100d9999", "", "d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := args.ParseDice(s)
		if err != nil {
			return
		}
		again, err := args.ParseDice(d.String())
		if err != nil || cmp.Diff(d, again) != "" {
			t.Errorf("%q is %q, and that is %v, %v", s, d, again, err)
		}
	})
}
