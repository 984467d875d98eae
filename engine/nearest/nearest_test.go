package nearest_test

import (
	"strings"
	"testing"

	"botd/engine/nearest"
)

func TestName(t *testing.T) {
	kinds := []string{"message", "edit", "delete", "join", "leave", "ban", "unban", "kick", "mute", "mode", "über"}
	tests := []struct {
		name, got, want string
	}{
		{"a letter missing", "mesage", "message"},
		{"two letters swapped", "mesasge", "message"},
		{"swapped in a short name", "kcik", "kick"},
		{"a letter too many", "bann", "ban"},
		{"another case", "MESSAGE", "message"},
		{"the nearest of several", "unbann", "unban"},
		{"the first of equally near ones", "mude", "mute"},
		{"letters of more than one byte", "uber", "über"},
		{"nothing like it", "viewers", ""},
		{"a single letter", "x", ""},
		{"nothing", "", ""},
		{"much too long", strings.Repeat("message", 10000), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := nearest.Name(tt.got, kinds)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("Name(%.20q) = %q, %v; want %q", tt.got, got, ok, tt.want)
			}
		})
	}
}

func TestHint(t *testing.T) {
	for _, tt := range []struct {
		got, hint, orAll string
		known            []string
	}{
		{"mesage", `, did you mean "message"?`, `, did you mean "message"?`, []string{"edit", "message"}},
		{"viewers", "", "; there are edit, message", []string{"edit", "message"}},
		{"message", "", "; there are none", nil},
	} {
		if hint, orAll := nearest.Hint(tt.got, tt.known), nearest.HintOrAll(tt.got, tt.known); hint != tt.hint || orAll != tt.orAll {
			t.Errorf("%s: %q and %q", tt.got, hint, orAll)
		}
	}
}
