package warden_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/moderate"
	"botd/engine/store"
	"botd/engine/warden"
)

// everywhere forgets eve, whom the tests of this package are about.
var everywhere = moderate.Forgetting{User: "eve"}

// holds lists what a store has in which a text is.
func holds(t *testing.T, s store.Store, text string) (where []string) {
	t.Helper()
	for _, space := range []string{"mod/cases", "mod/standings", "mod/permits"} {
		list, err := s.List(context.Background(), store.Query{Space: space})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if strings.Contains(e.Key+string(e.Value), text) {
				where = append(where, space+" "+e.Key)
			}
		}
	}
	return where
}

func permit(t *testing.T, w *warden.Warden, u engine.User) {
	t.Helper()
	w.Permit("script", moderate.Permit{Session: "s", User: u, What: "links", Count: 2}, func(err error) {
		if err != nil {
			t.Error(err)
		}
	})
}

// Who is forgotten is in no case, standing or permit any more; all else of the cases stays,
// and the next offence is the first.
func TestForget(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything}
		w := n.open(t, s)
		install(t, w, "script", "house", nil, moderate.Config{
			Ladder: moderate.Ladder{Name: "l", Steps: []moderate.Step{{Do: "delete"}, {Do: "ban"}}, Decay: time.Hour},
			Rules:  []moderate.Rule{{Words: &moderate.Words{List: []string{"apple"}}}},
		})
		n.says(w, "an apple")
		n.says(w, "two apples, an apple")
		permit(t, w, engine.User{Name: "eve", Account: "eve"})
		permit(t, w, engine.User{Name: "bob", Account: "bob"})
		before := caseNumber(t, w, "2")
		gone, err := w.Forget(context.Background(), everywhere)
		if err != nil || gone != (warden.Gone{Cases: 2, Facts: 2}) {
			t.Errorf("forgot %+v, %v", gone, err)
		}
		same(t, "eve is in", holds(t, s, "eve"), "[]")
		same(t, "what was said is in", holds(t, s, "apple"), "[]")
		same(t, "bob is in", holds(t, s, "bob"), "[mod/permits script/links/s%2Fa:bob]")
		after := caseNumber(t, w, "2")
		same(t, "rule, step and time", []any{after.At, after.Kind, after.Taken, after.Status, after.Why}, []any{before.At, before.Kind, before.Taken, before.Status, before.Why})
		same(t, "the name", after.User.Name, moderate.Forgotten)
		n.did = nil
		w.Undo("script", "", before, "mia", func(c *moderate.Case, err error) {
			if engine.CodeOf(err) != engine.Conflict || !strings.Contains(err.Error(), "forgotten") || c.User.Name != moderate.Forgotten {
				t.Errorf("undone: %+v, %v", c, err)
			}
		})
		same(t, "undoing does", n.did, "[]")
		gone, err = w.Forget(context.Background(), everywhere)
		if err != nil || gone != (warden.Gone{}) {
			t.Errorf("a second time: %+v, %v", gone, err)
		}
		n.says(w, "an apple again")
		same(t, "the next offence leads to", n.did, "[delete 3]")
		same(t, "and is known", caseNumber(t, w, "3").User.Name, "eve")
	})
}

// A case that is on its way when somebody is forgotten is written and told without them.
func TestForgetWhatIsOnItsWay(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything, hold: true}
		var settled []moderate.Case
		w := n.openWith(t, s, func(o *warden.Options) { o.Settled = func(c moderate.Case) { settled = append(settled, c) } })
		n.rules(t, w, tenMinutes, moderate.Rule{Words: &moderate.Words{List: []string{"apple"}}})
		n.says(w, "an apple")
		if gone, err := w.Forget(context.Background(), everywhere); err != nil || gone.Cases != 1 {
			t.Errorf("forgot %+v, %v", gone, err)
		}
		for _, done := range n.held {
			done(engine.Receipt{Status: engine.Sent})
		}
		c := caseNumber(t, w, "1")
		same(t, "status", c.Status, moderate.Done)
		same(t, "eve is in", holds(t, s, "eve"), "[]")
		same(t, "what was said is in", holds(t, s, "apple"), "[]")
		if len(settled) != 1 || settled[0].User.Name != moderate.Forgotten || len(n.told) != 1 || n.told[0]["user"] != moderate.Forgotten || n.told[0]["text"] != moderate.Forgotten {
			t.Errorf("told of %+v, %v", settled, n.told)
		}
	})
}

// In rooms or times alone standings and permits stay: they are of somebody everywhere.
func TestForgetInARoom(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything}
		w := n.open(t, s)
		n.rules(t, w, tenMinutes, moderate.Rule{Words: &moderate.Words{List: []string{"apple"}}})
		n.says(w, "an apple")
		for pattern, want := range map[string]int{"s/other": 0, "s/r": 1} {
			g, err := engine.ParseRoomGlob(pattern)
			if err != nil {
				t.Fatal(err)
			}
			if gone, err := w.Forget(context.Background(), moderate.Forgetting{User: "eve", Rooms: []engine.RoomGlob{g}}); err != nil || gone != (warden.Gone{Cases: want}) {
				t.Errorf("%s: %+v, %v", pattern, gone, err)
			}
		}
		same(t, "eve is in", holds(t, s, "eve"), "[mod/standings script/l/s%2Fa:eve]")
	})
}

// While no daemon runs it is the same, and cases that were on their way are not settled by it.
func TestForgetInAStoreAtRest(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything, hold: true}
		w := n.open(t, s)
		n.rules(t, w, tenMinutes, moderate.Rule{Words: &moderate.Words{List: []string{"apple"}}})
		n.says(w, "an apple")
		n.says(w, "an apple more")
		gone, err := warden.Forget(context.Background(), s, everywhere)
		if err != nil || gone != (warden.Gone{Cases: 2, Facts: 1}) {
			t.Errorf("forgot %+v, %v", gone, err)
		}
		same(t, "eve is in", holds(t, s, "eve"), "[]")
		next := (&network{caps: everything}).open(t, s) // a restart
		c := caseNumber(t, next, "1")
		same(t, "status", c.Status, moderate.Unknown)
		same(t, "the note", c.Note, "botd ended before the network answered")
	})
}

// All cases are reached, however many there are.
func TestForgetMany(t *testing.T) {
	still(t, func(t *testing.T, s store.Store) {
		n := &network{caps: everything}
		w := n.open(t, s)
		n.rules(t, w, moderate.Step{Do: "delete"}, moderate.Rule{Words: &moderate.Words{List: []string{"apple"}}})
		const many = store.MaxList + 7
		for range many {
			n.says(w, "an apple")
		}
		gone, err := w.Forget(context.Background(), everywhere)
		if err != nil || gone.Cases != many {
			t.Errorf("forgot %+v, %v", gone, err)
		}
		if list, err := w.Cases(context.Background(), moderate.Query{User: "eve"}, nil); err != nil || len(list) != 0 {
			t.Errorf("%d are left, %v", len(list), err)
		}
	})
}
