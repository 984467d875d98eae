package local_test

import (
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/local"
	"botd/engine"
)

// TestRights: below its role an action is denied; acting on people takes a higher role
// than theirs.
func TestRights(t *testing.T) {
	w := newWorld(t)
	roles := []engine.Role{engine.Guest, engine.Moderator, engine.Admin, engine.Owner}
	for _, by := range roles {
		for _, on := range roles {
			p := w.join("lobby", engine.User{Name: "by", Role: by}, "")
			q := w.join("lobby", engine.User{Name: "on", Role: on}, "")
			for _, a := range []engine.Action{
				engine.TimeOut{User: q.ref(), Length: time.Hour},
				engine.Unmute{User: q.ref()},
				engine.Mute{User: q.ref()},
				engine.Kick{User: q.ref()},
			} {
				want := by >= engine.Moderator && (by > on || by == engine.Owner)
				if rc := p.Do(a); (rc.Err == nil) != want || !want && rc.Err.Code != engine.Denied {
					t.Errorf("%s: %s on %s: %v, want allowed: %v", engine.ActionName(a), by, on, rc.Err, want)
				}
			}
			p.Leave()
			if q.Room() != "" {
				q.Leave()
			}
		}
	}
	p := w.guest("ann")
	for _, a := range []engine.Action{
		engine.SetTopic{Text: "x"}, engine.Slow{}, engine.Lock{On: true}, engine.Clear{}, engine.SubscribersOnly{On: true},
		engine.OpenPoll{Question: "?", Options: []string{"a", "b"}}, engine.OpenRaffle{Prize: "p"},
		engine.SetRole{User: p.ref(), Role: engine.Owner}, engine.Unban{User: p.ref()},
		engine.Move{User: p.ref(), To: "den"},
	} {
		p.fails(engine.Denied, a)
	}
}

func TestKick(t *testing.T) {
	w := newWorld(t)
	mod, ann, bob := w.mod("mod"), w.guest("ann"), w.guest("bob")
	bob.inbox.Take()
	mod.must(engine.Kick{User: ann.ref(), Reason: "loud"})
	want := engine.Kicked{Target: ann.User(), Reason: "loud"}
	for _, p := range []*person{ann, bob} {
		if k := only[engine.Kicked](p); k.Target.ID != want.Target.ID || k.Reason != want.Reason {
			t.Errorf("%s heard %+v, want %+v", p.User().Name, k, want)
		}
	}
	if ann.Room() != "" {
		t.Errorf("ann is in %q", ann.Room())
	}
	ann.fails(engine.NotConnected, engine.Say{Text: "hey"})
	ann = w.guest("ann") // a kick is no ban
	mod.must(engine.Kick{User: ann.ref(), To: "den"})
	if ann.Room() != "den" {
		t.Errorf("ann is in %q, want the den", ann.Room())
	}
	ann.must(engine.Say{Text: "where am I?"})
}

func TestBan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		mod, ann := w.mod("mod"), w.guest("ann")
		ref := ann.ref()
		mod.must(engine.Ban{User: ref, Length: time.Hour, Reason: "spam"})
		if b := heard[engine.Banned](mod); len(b) != 1 || b[0].Target.Name != "ann" || b[0].Length != time.Hour || b[0].Reason != "spam" {
			t.Errorf("ban: %+v", b)
		}
		w.refused("lobby", "ann", "", engine.Denied)
		w.refused("lobby", "ANN", "", engine.Denied)
		time.Sleep(time.Hour - time.Second)
		w.refused("lobby", "ann", "", engine.Denied)
		time.Sleep(time.Second)
		w.guest("ann").Leave()

		mod.must(engine.Ban{User: engine.UserRef{Name: "Eve"}}) // who is not even there
		time.Sleep(1000 * time.Hour)
		w.refused("lobby", "eve", "", engine.Denied)
		mod.must(engine.Unban{User: engine.UserRef{Name: "eve"}})
		mod.fails(engine.NotFound, engine.Unban{User: engine.UserRef{Name: "eve"}})
		w.guest("eve")
	})
}

func (w *world) refused(room engine.RoomID, name, address string, code engine.Code) {
	w.Helper()
	_, err := w.hub.Room(room).Join(local.Visit{User: engine.User{Name: name}, Address: address})
	if engine.CodeOf(err) != code {
		w.Errorf("%s joins %s: %v, want code %s", name, room, err, code)
	}
}

func TestBanAddress(t *testing.T) {
	w := newWorld(t)
	mod := w.mod("mod")
	ann := w.join("lobby", engine.User{Name: "ann"}, "home")
	twin := w.join("lobby", engine.User{Name: "twin"}, "home")
	bob := w.guest("bob")
	mod.fails(engine.NotFound, engine.Ban{User: bob.ref(), Address: true})
	mod.must(engine.Ban{User: ann.ref(), Address: true})
	if b := heard[engine.Banned](bob); len(b) != 1 || b[0].Address != "home" {
		t.Errorf("ban: %+v", b)
	}
	if twin.Room() != "" {
		t.Errorf("the twin at the same address is still in %s", twin.Room())
	}
	w.refused("lobby", "somebody", "home", engine.Denied)
	w.join("lobby", engine.User{Name: "ann"}, "elsewhere").Leave()
	mod.must(engine.Unban{Address: "home"})
	w.join("lobby", engine.User{Name: "ann"}, "home")
}

// TestTimeout: it ends by itself, stays over a new join, and the bot knows when it is
// hit.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		owner, ann := w.owner("owner"), w.guest("ann")
		owner.must(engine.TimeOut{User: ann.ref(), Length: time.Minute})
		ann.fails(engine.Denied, engine.Say{Text: "hey"})
		ann.Leave()
		ann = w.guest("ann")
		ann.fails(engine.Denied, engine.Emote{Text: "hides"})
		time.Sleep(time.Minute)
		ann.must(engine.Say{Text: "hey"})
		owner.fails(engine.NotFound, engine.Unmute{User: ann.ref()})
		owner.must(engine.Mute{User: ann.ref()})
		time.Sleep(1000 * time.Hour)
		ann.fails(engine.Denied, engine.Say{Text: "hey"})
		owner.must(engine.Unmute{User: ann.ref()})
		ann.must(engine.Say{Text: "hey"})

		b := w.bot("lobby")
		until := time.Now().Add(time.Minute)
		owner.must(engine.TimeOut{User: engine.UserRef{Name: "botd"}, Length: time.Minute})
		access, _ := next[engine.AccessChanged](w, b)
		if access.Can.Has(engine.CapSay) || !access.Can.Has(engine.CapKick) || !access.Until.Equal(until) {
			t.Errorf("the bot heard %+v", access)
		}
		if b.Caps("lobby").Can.Has(engine.CapSay) {
			t.Error("the bot's Caps say that it may speak")
		}
		time.Sleep(time.Minute)
		if b.Caps("lobby").Can != engine.AllCaps {
			t.Errorf("the bot's Caps after the timeout: %s", b.Caps("lobby").Can)
		}
	})
}

func TestSetRole(t *testing.T) {
	w := newWorld(t)
	admin := w.join("lobby", engine.User{Name: "admin", Account: "a", Role: engine.Admin}, "")
	bob := w.join("lobby", engine.User{Name: "bob", Account: "b"}, "")
	admin.fails(engine.Denied, engine.SetRole{User: bob.ref(), Role: engine.Admin})
	admin.must(engine.SetRole{User: bob.ref(), Role: engine.Moderator})
	if a := only[engine.AccessChanged](bob); a.Role != engine.Moderator || !a.Can.Has(engine.CapKick) {
		t.Errorf("bob heard %+v", a)
	}
	bob.Leave()
	bob = w.join("lobby", engine.User{Name: "bob", Account: "b"}, "")
	if r := bob.User().Role; r != engine.Moderator {
		t.Errorf("bob came back as %s", r)
	}
	admin.must(engine.Lock{On: true})
	bob.Leave()
	bob = w.join("lobby", engine.User{Name: "bob", Account: "b"}, "") // as a moderator may
	admin.must(engine.Lock{})
	admin.fails(engine.Conflict, engine.SetRole{User: bob.ref(), Role: engine.Subscriber, Revoke: true})
	admin.must(engine.SetRole{User: bob.ref(), Role: engine.Moderator, Revoke: true})
	if r := bob.User().Role; r != engine.Member {
		t.Errorf("bob is %s", r)
	}
	eve := w.guest("eve")
	admin.must(engine.SetRole{User: eve.ref(), Role: engine.Moderator})
	eve.Leave()
	if r := w.guest("eve").User().Role; r != engine.Guest {
		t.Errorf("eve, a guest, came back as %s", r)
	}
}

func TestLock(t *testing.T) {
	w := newWorld(t)
	mod, ann := w.mod("mod"), w.guest("ann")
	outside := w.join("den", engine.User{Name: "eve"}, "")
	mod.must(engine.Lock{On: true})
	w.refused("lobby", "bob", "", engine.Denied)
	outside.fails(engine.Denied, engine.Move{To: "lobby"})
	w.mod("mod2")
	// Who is in the room can let somebody in.
	ann.must(engine.Join{Room: "den"})
	ann.must(engine.Invite{Room: "den", User: outside.ref(), To: "lobby"})
	if inv := heard[engine.Invited](outside); len(inv) != 1 || inv[0].To != "lobby" {
		t.Errorf("eve heard %+v", inv)
	}
	outside.must(engine.Move{To: "lobby"})
	mod.must(engine.Lock{})
	w.guest("bob")
}
