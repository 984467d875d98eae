package moderate

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"botd/engine"
)

var noon = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

// ruled is a case of a rule, and asked one that a moderator asked for.
func ruled() Case {
	return Case{
		ID: "7", At: noon, Session: "hc", Platform: "hackchat", Room: "lounge", User: engine.User{ID: "u1", Name: "Eve", Trip: "AbC", Account: "acc9"},
		Message: "m1", Text: "see evil.com", Script: "moderation", Rules: "house", Rule: 1, Kind: "links", Detail: "evil.com", Why: "please ask before",
		Wanted: Step{Do: "kick"}, Taken: Step{Do: "delete"}, Note: "hackchat has no kick here, so: delete", Status: Done, Deleted: []engine.MessageID{"m1"}, Ladder: "l",
	}
}

func asked() Case {
	c := ruled()
	c.Rules, c.Rule, c.Kind, c.Detail, c.Ladder, c.Person, c.Why = "", 0, "", "", "", "Mia", "Eve is rude"
	c.Note, c.Status, c.Undone, c.Undoer = `no user "EVE"`, Undone, noon, "bob"
	return c
}

// What is forgotten is gone from a case, and what it says of rules, steps and times stays.
func TestForgetCase(t *testing.T) {
	later := noon.Add(time.Hour)
	gone := ruled()
	gone.User, gone.Message, gone.Text, gone.Detail, gone.Deleted, gone.Forgotten = engine.User{Name: Forgotten}, "", Forgotten, "", nil, later
	goneAsked := asked()
	goneAsked.User, goneAsked.Message, goneAsked.Text, goneAsked.Deleted, goneAsked.Forgotten = gone.User, "", Forgotten, nil, later
	goneAsked.Note, goneAsked.Why = "", Forgotten
	byNobody, undoneByNobody := asked(), asked()
	byNobody.Person, undoneByNobody.Undoer = Forgotten, Forgotten
	all := goneAsked
	all.Person, all.Undoer = Forgotten, Forgotten
	glob, err := engine.ParseRoomGlob("hc/lounge")
	if err != nil {
		t.Fatal(err)
	}
	other, err := engine.ParseRoomGlob("hc/Tea")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		c    Case
		f    Forgetting
		want Case
	}{
		{"by name", ruled(), Forgetting{User: "eve"}, gone},
		{"by ID", ruled(), Forgetting{User: "u1"}, gone},
		{"by account", ruled(), Forgetting{User: "acc9"}, gone},
		{"by trip", ruled(), Forgetting{User: "AbC"}, gone},
		{"a trip in another case is another", ruled(), Forgetting{User: "abc"}, ruled()},
		{"by what others know", ruled(), Forgetting{User: "evelyn", Whos: map[string]bool{"hc/a:acc9": true}}, gone},
		{"somebody else", ruled(), Forgetting{User: "bob"}, ruled()},
		{"asked for", asked(), Forgetting{User: "eve"}, goneAsked},
		{"the moderator", asked(), Forgetting{User: "mia"}, byNobody},
		{"who took it back", asked(), Forgetting{User: "Bob"}, undoneByNobody},
		{"in the room", ruled(), Forgetting{User: "eve", Rooms: []engine.RoomGlob{glob}}, gone},
		{"in another room", ruled(), Forgetting{User: "eve", Rooms: []engine.RoomGlob{other}}, ruled()},
		{"in a room by its name", ruled(), Forgetting{User: "eve", Rooms: []engine.RoomGlob{other}, Places: map[engine.RoomPath]bool{"hc/lounge": true}}, gone},
		{"all of the room", asked(), Forgetting{Rooms: []engine.RoomGlob{glob}}, all},
		{"since then", ruled(), Forgetting{User: "eve", Since: noon}, gone},
		{"only later", ruled(), Forgetting{User: "eve", Since: later}, ruled()},
		{"until then", ruled(), Forgetting{User: "eve", Until: noon}, ruled()},
		{"until later", ruled(), Forgetting{User: "eve", Until: later}, gone},
	} {
		got := tt.c
		changed := got.Forget(&tt.f, later)
		if d := cmp.Diff(tt.want, got); d != "" || changed != (cmp.Diff(tt.c, tt.want) != "") {
			t.Errorf("%s: changed %v, -want +got\n%s", tt.name, changed, d)
		}
		if got.Forget(&tt.f, later.Add(time.Hour)) {
			t.Errorf("%s: a second time changes something", tt.name)
		}
	}
	if undo := gone.Undo(); undo != "nothing to undo" {
		t.Errorf("undo: %s", undo)
	}
}

// What Who writes is recognised.
func TestForgetWho(t *testing.T) {
	for _, tt := range []struct {
		user engine.User
		who  string
		is   bool
	}{
		{engine.User{Name: "Eve"}, "eve", true},
		{engine.User{Name: "e/v:e"}, "E/V:E", true},
		{engine.User{ID: "u:1", Name: "x"}, "u:1", true},
		{engine.User{ID: "U1", Name: "x"}, "u1", false},
		{engine.User{Account: "acc/1"}, "acc/1", true},
		{engine.User{Trip: "AbC"}, "AbC", true},
		{engine.User{Identity: "eve"}, "eve", true},
		{engine.User{Identity: "hc/n:eve"}, "eve", false},
		{engine.User{Name: "bob"}, "eve", false},
		{engine.User{Name: "eve"}, "n:eve", false},
		{engine.User{Name: "eve"}, "hc", false},
	} {
		f := Forgetting{User: tt.who}
		if who := Who("hc", tt.user); f.AboutWho(who) != tt.is {
			t.Errorf("%q of %q: %v", tt.who, who, !tt.is)
		}
	}
	f := Forgetting{User: "eve", Whos: map[string]bool{"hc/a:e": true}}
	if !f.AboutWho("hc/a:e") || f.AboutWho("hc/a:f") || !f.Everywhere() {
		t.Error("further people are not those that were named")
	}
	f.Since = noon
	if f.Everywhere() || strings.Contains(Forgotten, "eve") {
		t.Error("a bounded one is everywhere")
	}
}
