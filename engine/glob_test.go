package engine_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"botd/engine"
)

func TestRoomGlob(t *testing.T) {
	tests := []struct {
		name, glob string
		session    engine.SessionID
		room       engine.Room
		want       bool
	}{
		{"exact", "hc/lobby", "hc", engine.Room{ID: "lobby"}, true},
		{"another room", "hc/lobby", "hc", engine.Room{ID: "lobby2"}, false},
		{"another session", "hc/lobby", "hd", engine.Room{ID: "lobby"}, false},
		{"every room of a session", "hc/*", "hc", engine.Room{ID: "a/b"}, true},
		{"a room of every session", "*/lobby", "x", engine.Room{ID: "lobby"}, true},
		{"everything", "*", "x", engine.Room{ID: "y"}, true},
		{"stars inside", "h*c/l*b*y", "hc", engine.Room{ID: "lobby"}, true},
		{"stars that must go back", "hc/*ab*ab", "hc", engine.Room{ID: "abxabab"}, true},
		{"one character", "hc/l?bby", "hc", engine.Room{ID: "lobby"}, true},
		{"one character is not none", "hc/lobby?", "hc", engine.Room{ID: "lobby"}, false},
		{"one character of several bytes", "hc/l?bby", "hc", engine.Room{ID: "löbby"}, true},
		{"by the shown name", "hc/lobby", "hc", engine.Room{ID: "17", Name: "lobby"}, true},
		{"a star takes whole characters", "hc/*??bx", "hc", engine.Room{ID: "€bx"}, false},
		{"brackets mean themselves", "hc/[a]", "hc", engine.Room{ID: "[a]"}, true},
		{"a slash in the room", "hc/a/b", "hc", engine.Room{ID: "a/b"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			glob, err := engine.ParseRoomGlob(tt.glob)
			if err != nil {
				t.Fatal(err)
			}
			if got := glob.Match(tt.session, tt.room); got != tt.want {
				t.Errorf("%s matches %s/%+v: %v; want %v", glob, tt.session, tt.room, got, tt.want)
			}
		})
	}
}

func TestRoomGlobAgreesWithRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.RuneFrom([]rune("ab€*?")), 1, 8, -1).Draw(t, "pattern")
		room := rapid.StringOfN(rapid.RuneFrom([]rune("ab€")), 0, 8, -1).Draw(t, "room")
		quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
		glob, err := engine.ParseRoomGlob("s/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		got := glob.Match("s", engine.Room{ID: engine.RoomID(room)})
		if want := regexp.MustCompile("^(?:" + quoted + ")$").MatchString(room); got != want {
			t.Fatalf("%q matches %q: %v; want %v", pattern, room, got, want)
		}
	})
}

func TestParseRoomGlobRefuses(t *testing.T) {
	for _, in := range []string{"", "lobby", "/lobby", "hc/"} {
		if glob, err := engine.ParseRoomGlob(in); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%q was read as %s, %v", in, glob, err)
		}
	}
	if (engine.RoomGlob{}).Match("", engine.Room{}) {
		t.Error("the zero pattern matches")
	}
}
