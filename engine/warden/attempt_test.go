package warden_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/moderate"
	"botd/engine/store"
	"botd/engine/warden"
)

// network answers what wardens do, and remembers it. One goroutine uses it.
type network struct {
	caps   engine.Capabilities
	did    []string
	answer func(engine.Action) engine.Receipt // nil: everything is sent
	held   []func(engine.Receipt)             // with hold: who waits for an answer
	hold   bool
	said   []*engine.Event
	told   []map[string]any // what scripts were told of cases
	number int
}

func (n *network) open(t *testing.T, s store.Store) *warden.Warden {
	t.Helper()
	return n.openWith(t, s, func(*warden.Options) {})
}

func (n *network) openWith(t *testing.T, s store.Store, change func(*warden.Options)) *warden.Warden {
	t.Helper()
	o := warden.Options{
		Store: s, Go: func(f func()) { f() },
		Do: func(a warden.Action, done func(engine.Receipt)) {
			what := engine.ActionName(a.Action)
			if d, ok := a.Action.(engine.Delete); ok {
				what += " " + string(d.Message)
			}
			n.did = append(n.did, what)
			switch {
			case n.hold:
				n.held = append(n.held, done)
			case n.answer != nil:
				done(n.answer(a.Action))
			default:
				done(engine.Receipt{Status: engine.Sent})
			}
		},
		Caps:    func(engine.SessionID, engine.RoomID) (engine.Capabilities, bool) { return n.caps, true },
		Recent:  func(engine.RoomPath, int) []*engine.Event { return n.said },
		Publish: func(ev *engine.Event) { n.told = append(n.told, ev.Body.(engine.Custom).Data.(map[string]any)) },
	}
	change(&o)
	w, err := warden.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// says has eve say something, which gets the next number as its ID.
func (n *network) says(w *warden.Warden, text string) (taken bool) {
	n.number++
	ev := &engine.Event{
		ID: engine.EventID(fmt.Sprint("e", n.number)), At: time.Now(), Session: "s", Platform: "test", Room: engine.Room{ID: "r"},
		User: engine.User{Name: "eve", Account: "eve"}, Body: engine.Message{ID: engine.MessageID(fmt.Sprint(n.number)), Text: text},
	}
	n.said = append(n.said, ev)
	return w.Hear(ev)
}

func (n *network) rules(t *testing.T, w *warden.Warden, step moderate.Step, rules ...moderate.Rule) {
	t.Helper()
	set, err := w.Prepare("script", nil, moderate.Config{Name: "house", Ladder: moderate.Ladder{Name: "l", Steps: []moderate.Step{step}}, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	set.Begin()
}

func caseNumber(t *testing.T, w *warden.Warden, id string) moderate.Case {
	t.Helper()
	c, err := w.Case(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// still runs f with a time and a store of its own.
func still(t *testing.T, f func(t *testing.T, s store.Store)) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory(engine.SystemClock{})
		defer s.Close()
		f(t, s)
	})
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

var (
	tenMinutes = moderate.Step{Do: "timeout", For: 10 * time.Minute}
	everything = engine.Capabilities{Can: engine.AllCaps}
)

// The lines of a flood go with the last one, each once, and the case has them all.
func TestFloodIsDeleted(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything}
		w := n.open(t, s)
		n.rules(t, w, tenMinutes, moderate.Rule{Flood: &moderate.Flood{Lines: 3, Within: 5 * time.Second}})
		n.says(w, "long ago")
		time.Sleep(5 * time.Second)
		for _, text := range []string{"one", "two"} {
			if n.says(w, text) {
				t.Errorf("%s was taken", text)
			}
		}
		if !n.says(w, "three") {
			t.Error("the third was not taken")
		}
		same(t, "done", n.did, "[timeout delete 4 delete 2 delete 3]")
		same(t, "deleted", caseNumber(t, w, "1").Deleted, "[4 2 3]")
		n.did = nil
		n.says(w, "four")
		same(t, "done about one more", n.did, "[timeout delete 5]")
	})
}

// Of what is repeated only the same text goes.
func TestRepeatsAreDeleted(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything}
		w := n.open(t, s)
		n.rules(t, w, moderate.Step{Do: "delete"}, moderate.Rule{Repeats: &moderate.Repeats{SameText: 3}})
		for _, text := range []string{"buy now", "hello", "Buy  now!", "BUY NOW"} {
			n.says(w, text)
		}
		same(t, "done", n.did, "[delete 4 delete 1 delete 3]")
		c := caseNumber(t, w, "1")
		same(t, "deleted", c.Deleted, "[4 1 3]")
		same(t, "status", c.Status, moderate.Done)
	})
}

// What is refused because the network does not have it is tried more gently, and what
// could not be deleted is not said to be.
func TestGentlerStep(t *testing.T) {
	refuse := func(codes map[string]engine.Code) func(engine.Action) engine.Receipt {
		return func(a engine.Action) engine.Receipt {
			if code := codes[engine.ActionName(a)]; code != "" {
				return engine.Fail(engine.Errorf(code, "no"))
			}
			return engine.Receipt{Status: engine.Sent}
		}
	}
	for _, tt := range []struct {
		name              string
		refused           map[string]engine.Code
		did, taken, state string
		note              string
	}{
		{"a kick instead", map[string]engine.Code{"timeout": engine.Unsupported}, "[timeout delete 1 kick]", "kick", "done [1]",
			"timeout 10m was refused; test has no timeout 10m here, so: kick"},
		{"the deletion that is on its way", map[string]engine.Code{"timeout": engine.Unsupported, "kick": engine.Unsupported}, "[timeout delete 1 kick]", "delete", "done [1]",
			"timeout 10m was refused; test has no timeout 10m here, so: kick; kick was refused; test has no timeout 10m here, so: delete"},
		{"nobody may", map[string]engine.Code{"timeout": engine.Denied}, "[timeout delete 1]", "timeout 10m", "failed [1]", "timeout 10m failed: no"},
		{"gone already", map[string]engine.Code{"delete": engine.NotFound}, "[timeout delete 1]", "timeout 10m", "done [1]", ""},
		{"it stays", map[string]engine.Code{"delete": engine.Denied}, "[timeout delete 1]", "timeout 10m", "done []", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			still(t, func(t *testing.T, s store.Store) {
				n := &network{caps: everything, hold: true}
				w := n.open(t, s)
				n.rules(t, w, tenMinutes, moderate.Rule{Words: &moderate.Words{List: []string{"spam"}}})
				n.says(w, "spam")
				answer := refuse(tt.refused)
				step, deletion := n.held[0], n.held[1]
				n.hold, n.answer = false, answer
				step(answer(engine.TimeOut{}))
				deletion(answer(engine.Delete{}))
				c := caseNumber(t, w, "1")
				same(t, "done", n.did, tt.did)
				same(t, "taken", c.Taken, tt.taken)
				same(t, "state", fmt.Sprint(c.Status, " ", c.Deleted), tt.state)
				same(t, "note", c.Note, tt.note)
				if len(n.told) != 1 {
					t.Errorf("scripts were told %d times", len(n.told))
				}
			})
		})
	}
}

// A case on its way when the daemon ends is settled by the next one, which can undo it.
func TestCasesAfterACrash(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything, hold: true}
		w := n.open(t, s)
		n.rules(t, w, tenMinutes, moderate.Rule{Words: &moderate.Words{List: []string{"spam"}}})
		n.says(w, "spam")
		if c := caseNumber(t, w, "1"); c.Status != moderate.Pending || c.Taken != tenMinutes {
			t.Fatalf("on its way: %+v", c)
		}
		w.Undo("script", "", caseNumber(t, w, "1"), "mia", func(_ *moderate.Case, err error) {
			if engine.CodeOf(err) != engine.Conflict {
				t.Errorf("what is on its way is undone: %v", err)
			}
		})

		next := &network{caps: everything}
		w = next.open(t, s)
		c := caseNumber(t, w, "1")
		if c.Status != moderate.Unknown || c.Note != "botd ended before the network answered" || !c.Until.Equal(c.At.Add(10*time.Minute)) {
			t.Errorf("after the start: %+v", c)
		}
		if len(next.told) > 0 {
			t.Error("scripts are told before there are any")
		}
		w.Resume()
		w.Resume()
		if len(next.told) != 1 || next.told[0]["case"] != "1" || next.told[0]["status"] != "unknown" {
			t.Errorf("told: %v", next.told)
		}
		w.Undo("script", "", c, "mia", func(c *moderate.Case, err error) {
			if err != nil || c.Status != moderate.Undone {
				t.Errorf("undone: %+v, %v", c, err)
			}
		})
		same(t, "done", next.did, "[unmute]")
		third := &network{caps: everything}
		third.open(t, s).Resume()
		if len(third.told) > 0 || !slices.Equal(third.did, nil) {
			t.Errorf("it is settled twice: %v, %v", third.told, third.did)
		}
	})
}

// A connection that breaks leaves the same question.
func TestUnknownReceipt(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything, answer: func(engine.Action) engine.Receipt { return engine.Receipt{Status: engine.Unknown} }}
		w := n.open(t, s)
		n.rules(t, w, moderate.Step{Do: "delete"}, moderate.Rule{Words: &moderate.Words{List: []string{"spam"}}})
		n.says(w, "spam")
		c := caseNumber(t, w, "1")
		same(t, "case", fmt.Sprint(c.Status, c.Deleted, c.Note), "unknown[]it is not known whether it took place")
	})
}

// A message that the network tells twice is one offence.
func TestToldTwice(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything}
		w := n.open(t, s)
		n.rules(t, w, moderate.Step{Do: "delete"}, moderate.Rule{Words: &moderate.Words{List: []string{"spam"}}})
		n.says(w, "spam")
		w.Hear(n.said[0])
		same(t, "done", n.did, "[delete 1]")
		edited := *n.said[0]
		edited.Body = engine.Edited{ID: "1", Text: "spam, spam"}
		w.Hear(&edited)
		same(t, "done about a change", n.did, "[delete 1 delete 1]")
	})
}

// Loading the same rules anew does not forget what was said.
func TestRulesAnew(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything}
		w := n.open(t, s)
		rule := moderate.Rule{Flood: &moderate.Flood{Lines: 3}}
		n.rules(t, w, moderate.Step{Do: "delete"}, rule)
		n.says(w, "one")
		n.says(w, "two")
		n.rules(t, w, moderate.Step{Do: "delete"}, rule)
		n.says(w, "three")
		same(t, "done", n.did, "[delete 3 delete 1 delete 2]")
		n.rules(t, w, moderate.Step{Do: "delete"}, rule, moderate.Rule{Caps: &moderate.Caps{}})
		n.says(w, "four")
		same(t, "done by other rules", n.did, "[delete 3 delete 1 delete 2]")
	})
}
