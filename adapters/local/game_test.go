package local_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/local"
	"botd/engine"
)

func TestPoll(t *testing.T) {
	w := newWorld(t)
	mod, ann, bob := w.mod("mod"), w.guest("ann"), w.guest("bob")
	ann.fails(engine.NotFound, engine.SetPoll{Verb: "vote", Option: 1})
	mod.fails(engine.Invalid, engine.OpenPoll{Question: "Tea?", Options: []string{"only"}})
	mod.must(engine.OpenPoll{Question: "Tea?", Options: []string{"yes", "no"}})
	mod.fails(engine.Conflict, engine.OpenPoll{Question: "Coffee?", Options: []string{"yes", "no"}})
	ann.must(engine.SetPoll{Verb: "vote", Option: 1})
	bob.must(engine.SetPoll{Verb: "vote", Option: 1})
	ann.must(engine.SetPoll{Verb: "vote", Option: 2}) // changes her mind
	ann.fails(engine.Invalid, engine.SetPoll{Verb: "vote", Option: 3})
	ann.fails(engine.Denied, engine.SetPoll{Verb: "end"})
	mod.must(engine.SetPoll{Verb: "pause"})
	bob.fails(engine.Conflict, engine.SetPoll{Verb: "vote", Option: 2})
	mod.fails(engine.Conflict, engine.SetPoll{Verb: "pause"})
	mod.must(engine.SetPoll{Verb: "resume"})
	mod.fails(engine.NotFound, engine.SetPoll{Poll: "another", Verb: "end"})
	mod.fails(engine.Invalid, engine.SetPoll{Verb: "explode"})
	mod.must(engine.SetPoll{Verb: "end"})

	var got []string
	for _, p := range heard[engine.PollChanged](bob) {
		got = append(got, fmt.Sprintf("%s %v-%v", p.Status, p.Options[0].Votes, p.Options[1].Votes))
	}
	want := []string{"started 0-0", "started 1-0", "started 2-0", "started 1-1", "paused 1-1", "started 1-1", "ended 1-1"}
	if !slices.Equal(got, want) {
		t.Errorf("polls: %q, want %q", got, want)
	}
}

func TestPollLength(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		mod := w.mod("mod")
		mod.must(engine.OpenPoll{Question: "Tea?", Options: []string{"yes", "no"}, Length: time.Minute})
		mod.must(engine.SetPoll{Verb: "end"}) // before its time, which must not end the next one
		mod.must(engine.OpenPoll{Question: "Tea?", Options: []string{"yes", "no"}, Length: 2 * time.Minute})
		mod.inbox.Take()
		time.Sleep(time.Minute + time.Second)
		if got := heard[engine.PollChanged](mod); got != nil {
			t.Errorf("too early: %+v", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if p := only[engine.PollChanged](mod); p.Status != "ended" {
			t.Errorf("%+v", p)
		}
	})
}

func TestRaffle(t *testing.T) {
	w := newWorld(t)
	mod := w.mod("mod")
	b := w.bot("lobby")
	mod.fails(engine.NotFound, engine.SetRaffle{Verb: "draw"})
	mod.must(engine.OpenRaffle{Prize: "a hat", Keyword: "!hat"})
	mod.fails(engine.Conflict, engine.OpenRaffle{Prize: "a coat"})
	mod.fails(engine.NotFound, engine.SetRaffle{Verb: "draw"})
	w.says(b, "lobby", "!hat") // bots do not play
	var people []*person
	for i := range 5 {
		p := w.guest(fmt.Sprint("user", i))
		p.Say("!HAT")
		p.Say("!hat") // once is enough
		p.Say("!hatter")
		people = append(people, p)
	}
	mod.must(engine.SetRaffle{Verb: "pause"})
	w.guest("late").Say("!hat")
	mod.must(engine.SetRaffle{Verb: "resume"})
	mod.must(engine.SetRaffle{Verb: "end"})
	mod.inbox.Take()
	for range people {
		mod.must(engine.SetRaffle{Verb: "draw"})
	}
	mod.fails(engine.NotFound, engine.SetRaffle{Verb: "draw"})
	states := heard[engine.RaffleChanged](mod)
	last := states[len(states)-1]
	won := map[engine.UserID]bool{}
	for _, u := range last.Winners {
		won[u.ID] = true
	}
	if last.Status != "drawn" || last.Entries != 5 || len(last.Winners) != 5 || len(won) != 5 {
		t.Errorf("%+v", last)
	}
	if len(states[0].Winners) != 1 {
		t.Errorf("an event changed after it was emitted: %+v", states[0])
	}
	mod.must(engine.SetRaffle{Verb: "hide"})
	mod.must(engine.SetRaffle{Verb: "cleanup"})
	mod.must(engine.OpenRaffle{Prize: "a coat"})
}

func TestRaffleAnswers(t *testing.T) {
	w := newWorld(t)
	mod, ann, bob := w.mod("mod"), w.guest("ann"), w.guest("bob")
	mod.must(engine.OpenRaffle{Prize: "a hat", Keyword: "!guess", Answers: []string{"red", "blue"}})
	ann.Say("!guess red")
	ann.Say("!guess 2") // changes her mind
	bob.Say("!guess red")
	bob.Say("!guess green")
	bob.Say("!guess")
	mod.fails(engine.Invalid, engine.SetRaffle{Verb: "draw", Answer: 3})
	mod.must(engine.SetRaffle{Verb: "draw", Answer: 2})
	mod.fails(engine.NotFound, engine.SetRaffle{Verb: "draw", Answer: 2})
	states := heard[engine.RaffleChanged](mod)
	if last := states[len(states)-1]; last.Entries != 2 || len(last.Winners) != 1 || last.Winners[0].Name != "ann" {
		t.Errorf("%+v", last)
	}
}

func TestFiles(t *testing.T) {
	w := newWorld(t)
	b := w.bot("lobby")
	ann, eve := w.guest("ann"), w.join("den", engine.User{Name: "eve"}, "")
	if rc := b.do(engine.SendFile{Room: "lobby", Path: "cat.txt", Text: "look"}); rc.Status != engine.Echoed || rc.Message == "" {
		t.Fatalf("%+v", rc)
	}
	f, _ := next[engine.FileOffered](w, b)
	if f.Name != "cat.txt" || f.Size != 4 || f.Status != "offered" {
		t.Errorf("%+v", f)
	}
	if data, ok := w.hub.File(f.File); !ok || string(data) != "meow" {
		t.Errorf("the file holds %q", data)
	}
	for _, path := range []string{"dog.txt", "../etc/passwd", "/etc/passwd", "dir", ""} {
		if rc := b.do(engine.SendFile{Room: "lobby", Path: path}); rc.Err == nil {
			t.Errorf("sent %q", path)
		}
	}
	ann.inbox.Take()
	ann.must(engine.ReceiveFile{File: f.File})
	if got := only[engine.FileOffered](ann); got.Status != "received" || got.Received != 4 {
		t.Errorf("%+v", got)
	}
	eve.fails(engine.NotFound, engine.ReceiveFile{File: f.File})

	id, err := ann.Offer("dog.txt", []byte("woof"))
	if err != nil {
		t.Fatal(err)
	}
	if got, ev := next[engine.FileOffered](w, b); got.File != id || ev.User.Name != "ann" {
		t.Errorf("the bot heard %+v", ev)
	}
	for range 32 {
		if _, err := ann.Offer("more", nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := w.hub.File(id); ok {
		t.Error("the hub keeps more than 32 files")
	}
}

func TestCall(t *testing.T) {
	w := newWorld(t)
	w.bot("lobby")
	ann := w.guest("ann")
	ann.Say("hello")
	if got := ann.must(engine.Call{Name: "stats"}).Answer.(map[string]any); got["rooms"] != 1.0 || got["users"] != 2.0 || got["messages"] != 1.0 {
		t.Errorf("stats: %v", got)
	}
	if got := ann.must(engine.Call{Name: "rooms"}).Answer.([]any); len(got) != 1 || got[0].(map[string]any)["room"] != "lobby" {
		t.Errorf("rooms: %v", got)
	}
	cmds := local.Adapter(nil).Commands
	if got := ann.must(engine.Call{Name: "help"}).Answer.([]any); len(got) != len(cmds) {
		t.Errorf("help: %v", got)
	}
	for _, c := range cmds {
		if got := ann.must(engine.Call{Name: "help", Params: map[string]any{"command": c.Name}}).Answer.(map[string]any); got["name"] != c.Name {
			t.Errorf("help %s: %v", c.Name, got)
		}
	}
	for code, a := range map[engine.Code]engine.Call{
		engine.NotFound: {Name: "explode"},
		engine.Invalid:  {Name: "history", Params: map[string]any{"limit": "three"}},
	} {
		ann.fails(code, a)
	}
	ann.fails(engine.Invalid, engine.Call{Name: "history", Params: map[string]any{"limt": 3.0}})
	ann.fails(engine.NotFound, engine.Call{Name: "history", Params: map[string]any{"room": "den"}})
}
