package simplex_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"botd/adapters/simplex/simplextest"
	"botd/engine"
)

// said are the texts of the messages among events, and the gaps, in order. History has a
// mark, and so has what the bot said itself.
func said(evs []engine.Event) (list []string) {
	for _, ev := range evs {
		switch b := ev.Body.(type) {
		case engine.Message:
			list = append(list, map[bool]string{true: "old "}[ev.History]+map[bool]string{true: "own "}[ev.Self]+b.Text)
		case engine.Gap:
			list = append(list, "gap")
		}
	}
	return list
}

func (r *rig) expectSaid(want ...string) {
	r.Helper()
	if got := said(r.Take()); !slices.Equal(got, want) {
		r.Errorf("told %q\nwant %q", got, want)
	}
}

// cut takes the events there are and then the connection.
func (r *rig) cut() {
	r.Take()
	r.Drop()
	r.Wait()
}

// TestMissed: what is lost with a connection is looked up after the next one is there. What
// the program kept comes from both, and is told once.
func TestMissed(t *testing.T) {
	in(t, nil, func(r *rig) {
		ann, friend := r.groups[0].Join("ann"), r.Contact("friend")
		ann.Say("one")
		r.cut()
		ann.Say("two")
		friend.Say("three")
		r.Lose(100)
		ann.Say("four")
		friend.Say("five")
		r.Begin()
		r.expectSaid("two", "three", "four", "five")
		ann.Say("six")
		r.expectSaid("six")
		r.Drop()
		r.Wait()
		r.Begin()
		r.expectSaid()
	})
}

// TestMissedBehindOwnWords: the answer to a command overtakes events, so what is lost may
// be older than what was told last.
func TestMissedBehindOwnWords(t *testing.T) {
	in(t, nil, func(r *rig) {
		ann := r.groups[0].Join("ann")
		r.Take()
		r.Deafen()
		ann.Say("one")
		if rc := r.do(engine.Say{Room: "#team", Text: "two"}); rc.Status != engine.Echoed {
			t.Fatalf("%+v", rc)
		}
		r.Lose(100)
		r.Drop()
		r.Wait()
		r.Begin()
		r.expectSaid("own two", "one")
	})
}

// TestMissedWhileDown: the next session knows from what the last one saved.
func TestMissedWhileDown(t *testing.T) {
	in(t, nil, func(r *rig) {
		ann := r.groups[0].Join("ann")
		ann.Say("before")
		r.Take()
		r.Stop()
		ann.Say("meanwhile")
		r.Lose(100)
		r.begin()
		r.expectSaid("meanwhile")
	})
}

// TestFirstStartLooksUpNothing: what was there before the bot is none of its business.
func TestFirstStartLooksUpNothing(t *testing.T) {
	in(t, nil, func(r *rig) {
		ann := r.groups[0].Join("ann")
		ann.Say("before")
		r.Take()
		r.Stop()
		r.keep.Save(t.Context(), fmt.Sprint("seen/", r.UserID()), nil)
		ann.Say("meanwhile")
		r.Lose(100)
		r.begin()
		ann.Say("now")
		r.expectSaid("now")
	})
}

// TestMissedTooMany: where there is more than is looked up, a gap says so, and the newest
// are told.
func TestMissedTooMany(t *testing.T) {
	in(t, nil, func(r *rig) {
		ann := r.groups[0].Join("ann")
		ann.Say("one")
		r.cut()
		for i := range 1234 {
			ann.Say(fmt.Sprint("line ", i))
		}
		r.Lose(10000)
		r.Begin()
		evs := r.Take()
		got := said(evs)
		if len(got) != 1001 || got[0] != "gap" || got[1] != "line 234" || got[1000] != "line 1233" {
			t.Fatalf("%d lines: %q …", len(got), got[:min(len(got), 3)])
		}
		for _, ev := range evs {
			if g, ok := ev.Body.(engine.Gap); ok && (ev.Room.ID != r.Rooms()[0] || g.From.IsZero() || g.To.Before(g.From)) {
				t.Errorf("%+v in %+v", g, ev.Room)
			}
		}
	})
}

// TestMissedInSupport: the conversation of a member with the moderators is a chat of its
// own, which the program does not list.
func TestMissedInSupport(t *testing.T) {
	in(t, nil, func(r *rig) {
		ann := r.groups[0].Join("ann")
		ann.Send(simplextest.Message{Text: "help", Support: true})
		r.cut()
		ann.Send(simplextest.Message{Text: "hello?", Support: true})
		r.Lose(100)
		r.Begin()
		evs := r.Take()
		if got := said(evs); !slices.Equal(got, []string{"hello?"}) {
			t.Fatalf("told %q", got)
		}
		for _, ev := range evs {
			if _, ok := ev.Body.(engine.Message); ok && !strings.Contains(string(ev.Room.ID), "(_support:") {
				t.Errorf("told in %s", ev.Room.ID)
			}
		}
	})
}

// TestAnotherDatabase: the numbers begin again, and what has a number that was told before
// is new all the same.
func TestAnotherDatabase(t *testing.T) {
	in(t, nil, func(r *rig) {
		r.Stop()
		r.keep.Save(t.Context(), fmt.Sprint("seen/", r.UserID()), []byte(`{"floor":1000000}`))
		r.begin()
		ann := r.groups[0].Join("ann")
		r.Take()
		ann.Say("new")
		r.expectSaid("new")
	})
}

// TestTooMuchAtLogin: what comes before the session is online is kept up to a bound, and a
// gap tells of the rest.
func TestTooMuchAtLogin(t *testing.T) {
	in(t, nil, func(r *rig) {
		ann := r.groups[0].Join("ann")
		ann.Say("one")
		r.cut()
		for range 5000 {
			r.Emit(map[string]any{"type": "hostConnected", "protocol": "smp", "transportHost": "smp.example.org"})
		}
		r.Delay(1e9) // nanoseconds
		r.Begin()
		r.Settle()
		r.Settle()
		if got := said(r.Take()); !slices.Equal(got, []string{"gap"}) {
			t.Errorf("told %q", got)
		}
	})
}

// TestMissedOnOldProgram: one that does not list its chats is asked for each of them.
func TestMissedOnOldProgram(t *testing.T) {
	in(t, nil, func(r *rig) {
		ann, friend := r.groups[0].Join("ann"), r.Contact("friend")
		refuse := func() {
			r.RefuseNext("APIGetChats", p{"type": "error", "errorType": p{"type": "commandError", "message": "Failed reading: empty"}})
		}
		ann.Say("before")
		r.Stop()
		r.keep.Save(t.Context(), fmt.Sprint("seen/", r.UserID()), nil)
		refuse()
		r.begin()
		ann.Say("one")
		r.cut()
		ann.Say("two")
		friend.Say("three")
		r.Lose(100)
		refuse()
		r.Begin()
		r.expectSaid("two", "three")
	})
}

// TestChatThatCannotBeLookedUp: what may be missing there is a gap, and the rest goes on.
func TestChatThatCannotBeLookedUp(t *testing.T) {
	in(t, nil, func(r *rig) {
		ann := r.groups[0].Join("ann")
		ann.Say("one")
		r.cut()
		ann.Say("two")
		r.Lose(100)
		for _, c := range r.Commands() {
			if strings.HasPrefix(c.Text, "/_get chat ") {
				t.Fatalf("asked too early: %s", c.Text)
			}
		}
		r.RefuseNext("APIGetChat", p{"type": "errorStore", "storeError": p{"type": "groupNotFound", "groupId": 7.0}})
		r.Begin()
		ann.Say("three")
		r.expectSaid("gap", "three")
	})
}
