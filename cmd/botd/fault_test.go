package main

import (
	"strings"
	"testing"

	"botd/engine/script"
)

func TestWriteFault(t *testing.T) {
	full := &script.Error{
		Script: "a", Gen: 3, Event: "e1", File: "a.lua", Line: 10, Msg: "no \x1b[2J",
		Excerpt: []script.ExcerptLine{{Line: 9, Text: "if x then"}, {Line: 10, Text: "\ty()"}, {Line: 11, Text: ""}},
		Trace:   []string{"a.lua:10: in function y", "a.lua:3: in function <a.lua:1>"}, Hint: "do",
	}
	tests := []struct {
		name  string
		fault *script.Error
		after string
		want  string
	}{
		{"everything", full, "", "a.lua:10: no \uFFFD[2J\n" +
			"   9 | if x then\n> 10 |     y()\n  11 |\n" +
			"    at a.lua:10: in function y\n    at a.lua:3: in function <a.lua:1>\n" +
			"  hint: do\n  script a, generation 3, event e1\n"},
		{"no place", &script.Error{Script: "a", Gen: 1, Msg: "m"}, "", "a: m\n  script a, generation 1\n"},
		{"not loaded", &script.Error{Script: "a", Load: true, File: "a.lua", Line: 1, Msg: "m"}, "; gone", "a.lua:1: m\n  script a was not loaded; gone\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var plain, coloured strings.Builder
			writeFault(&plain, false, tt.fault, tt.after)
			if got := plain.String(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			writeFault(&coloured, true, tt.fault, tt.after)
			if got := coloured.String(); !strings.HasPrefix(got, "\x1b[31;1m") || strings.Count(got, "\n") != strings.Count(tt.want, "\n") {
				t.Errorf("in colour %q", got)
			}
		})
	}
}
