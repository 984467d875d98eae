package local_test

import (
	"slices"
	"strings"
	"testing"

	"botd/engine"
)

func TestNames(t *testing.T) {
	w := newWorld(t)
	ann := w.guest("ann")
	for _, name := range []string{"", "two words", "tab\t", "\xff", strings.Repeat("x", 65)} {
		w.refused("lobby", name, "", engine.Invalid)
		ann.fails(engine.Invalid, engine.Rename{Name: name})
	}
	w.refused("lobby", "Ann", "", engine.Conflict)
	bob := w.guest("bob")
	bob.fails(engine.Conflict, engine.Rename{Name: "ANN"})
	ann.must(engine.Rename{Name: "Ann"}) // a name of one's own in another case

	bob.inbox.Take()
	if err := ann.Rename("anna"); err != nil {
		t.Fatal(err)
	}
	ev := bob.inbox.Take()[0]
	if r, ok := ev.Body.(engine.Renamed); !ok || r.From != "Ann" || ev.User.Name != "anna" || ev.User.ID != "ann" {
		t.Errorf("bob heard %+v", ev)
	}
	// The name is free again, its ID is not.
	if u := w.guest("ann").User(); u.ID == "ann" {
		t.Errorf("two users with ID %s", u.ID)
	}
	bob.must(engine.Whisper{User: engine.UserRef{ID: "ann", Name: "ann"}, Text: "you, anna"})
	if got := heard[engine.Message](ann); len(got) != 1 {
		t.Errorf("the ID does not come before the name: %+v", got)
	}
}

func TestUserInfo(t *testing.T) {
	w := newWorld(t)
	mod, ann := w.mod("mod"), w.join("lobby", engine.User{Name: "ann"}, "home")
	rc := mod.must(engine.UserInfo{User: ann.ref()})
	if len(rc.Users) != 1 || rc.Users[0].ID != "ann" || rc.Answer.(map[string]any)["address"] != "home" {
		t.Errorf("the moderator learns %+v", rc)
	}
	rc = ann.must(engine.UserInfo{User: mod.ref()})
	if _, ok := rc.Answer.(map[string]any)["address"]; ok {
		t.Errorf("a guest learns %+v", rc)
	}
	ann.fails(engine.NotFound, engine.UserInfo{User: engine.UserRef{Name: "eve"}})
	users := ann.must(engine.ListUsers{}).Users
	if names := []string{users[0].Name, users[1].Name}; len(users) != 2 || !slices.Equal(names, []string{"mod", "ann"}) {
		t.Errorf("users: %+v", users)
	}
}

// TestRooms: a session moves between rooms and hears each in full.
func TestRooms(t *testing.T) {
	w := newWorld(t)
	b := w.bot("lobby")
	ann := w.guest("ann")
	eve := w.join("den", engine.User{Name: "eve"}, "")
	b.inbox.Take()

	if rc := b.do(engine.Join{Room: "den"}); rc.Status != engine.Echoed {
		t.Fatal(rc.Err)
	}
	if r, ev := next[engine.Roster](w, b); ev.Room.ID != "den" || len(r.Users) != 2 {
		t.Errorf("roster %+v", ev)
	}
	if c, ev := next[engine.Connected](w, b); ev.Room.ID != "den" || c.Me.Name != "botd" {
		t.Errorf("connected %+v", ev)
	}
	if rc := b.do(engine.Join{Room: "den"}); engine.CodeOf(rc.Error()) != engine.Conflict {
		t.Errorf("join twice: %+v", rc)
	}
	if rc := b.do(engine.Say{Text: "where?"}); engine.CodeOf(rc.Error()) != engine.NotFound {
		t.Errorf("say without a room, in two: %+v", rc)
	}
	if den := w.hub.Room("den"); den.ID() != "den" || len(den.Users()) != 2 || den.Users()[1].Name != "botd" {
		t.Errorf("in the den: %+v", den.Users())
	}
	eve.inbox.Take()
	w.says(b, "den", "hello eve")
	if got := heard[engine.Message](eve); len(got) != 1 {
		t.Errorf("eve heard %+v", got)
	}
	if got := heard[engine.Message](ann); got != nil {
		t.Errorf("ann, elsewhere, heard %+v", got)
	}

	b.do(engine.Rename{Name: "robo"})
	for _, p := range []*person{ann, eve} {
		if r := only[engine.Renamed](p); r.From != "botd" {
			t.Errorf("%s heard %+v", p.User().Name, r)
		}
	}
	b.do(engine.Rename{Room: "den", Name: "denbot"})
	if got := heard[engine.Renamed](ann); got != nil {
		t.Errorf("ann heard of a name in the den: %+v", got)
	}

	if rc := b.do(engine.Leave{Room: "den"}); rc.Status != engine.Echoed {
		t.Fatal(rc.Err)
	}
	if _, ev := next[engine.Left](w, b); !ev.Self {
		t.Errorf("the bot's leave came back as %+v", ev)
	}
	if rc := b.do(engine.Say{Room: "den", Text: "bye"}); engine.CodeOf(rc.Error()) != engine.NotFound {
		t.Errorf("say in a room it left: %+v", rc)
	}
	if got := w.hub.Rooms(); !slices.Equal(got, []engine.RoomID{"lobby", "den"}) {
		t.Errorf("rooms: %v", got)
	}
	if rc := b.do(engine.Move{Room: "lobby", To: "attic"}); rc.Status != engine.Echoed {
		t.Fatal(rc.Err)
	}
	if l := only[engine.Left](ann); !strings.Contains(l.Reason, "attic") {
		t.Errorf("ann heard %+v", l)
	}
}

func TestInvite(t *testing.T) {
	w := newWorld(t)
	b := w.bot("lobby")
	ann, bob := w.guest("ann"), w.guest("bob")
	ann.must(engine.Invite{User: engine.UserRef{Name: "botd"}, To: "den"})
	if inv, ev := next[engine.Invited](w, b); inv.To != "den" || ev.User.Name != "ann" || inv.Target.Name != "" {
		t.Errorf("the bot heard %+v", ev)
	}
	if got := heard[engine.Invited](bob); got != nil {
		t.Errorf("bob heard %+v", got)
	}
	ann.inbox.Take()
	ann.must(engine.Invite{User: bob.ref()})
	if inv := only[engine.Invited](ann); inv.To == "" || inv.Target.Name != "bob" {
		t.Errorf("the network picked %+v", inv)
	}
}
