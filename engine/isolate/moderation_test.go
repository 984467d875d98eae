package isolate

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/moderate"
	"botd/engine/script"
)

// desked is a door with a desk that answers at once, and remembers what it was asked.
type desked struct {
	still
	desk *ruledDesk
}

type ruledDesk struct {
	rules  int
	seen   []engine.RoomGlob
	did    []string
	refuse bool
}

func (d desked) Moderation(script.Origin) (script.Moderation, error) {
	if d.desk.refuse {
		return nil, engine.Errorf(engine.Denied, "no grant")
	}
	return d.desk, nil
}

func (desked) Rooms() []script.RoomState {
	return []script.RoomState{{Session: "s", Platform: "test", Room: engine.Room{ID: "1", Name: "mine"}}, {Session: "s", Room: engine.Room{ID: "2", Name: "other"}}}
}

func (d *ruledDesk) Prepare(seen []engine.RoomGlob, cfg moderate.Config) (script.Rules, error) {
	if _, err := moderate.Compile(cfg); err != nil {
		return nil, err
	}
	d.seen = seen
	return &countedRules{desk: d}, nil
}

// countedRules are counted while they hold.
type countedRules struct {
	desk  *ruledDesk
	holds bool
}

func (r *countedRules) Begin() {
	r.holds = true
	r.desk.rules++
}

func (r *countedRules) End() {
	if r.holds {
		r.holds = false
		r.desk.rules--
	}
}

func (d *ruledDesk) Permit(_ moderate.Permit, done func(error)) {
	d.did = append(d.did, "permit")
	done(nil)
}

func (d *ruledDesk) Act(at script.RoomState, _ moderate.Order, done func(moderate.Case, error)) {
	d.did = append(d.did, "act in "+at.Room.Name+" of "+at.Platform)
	done(moderate.Case{}, nil)
}

func (d *ruledDesk) Nuke(at script.RoomState, _ moderate.Nuke, _ string, done func(moderate.Nuked, error)) {
	d.did = append(d.did, "nuke in "+at.Room.Name)
	done(moderate.Nuked{}, nil)
}

// Case has case 1 of a room that the script sees, and case 2 of one it does not.
func (d *ruledDesk) Case(id string, done func(moderate.Case, error)) {
	done(moderate.Case{ID: id, Session: "s", Room: engine.RoomID(id)}, nil)
}

func (d *ruledDesk) Cases(_ moderate.Query, see func(*moderate.Case) bool, done func([]moderate.Case, error)) {
	var out []moderate.Case
	for _, c := range []moderate.Case{{ID: "1", Session: "s", Room: "1"}, {ID: "2", Session: "s", Room: "2"}} {
		if see(&c) {
			out = append(out, c)
		}
	}
	done(out, nil)
}

func (d *ruledDesk) Undo(c moderate.Case, _ string, done func(moderate.Case, error)) {
	d.did = append(d.did, "undo "+c.ID)
	done(c, nil)
}

// moderating is a child that may moderate in the room s/1 alone.
func moderating(t *testing.T) (*child, *ruledDesk) {
	t.Helper()
	glob, err := engine.ParseRoomGlob("s/1")
	if err != nil {
		t.Fatal(err)
	}
	desk := &ruledDesk{}
	s := &slot{m: NewManager(Options{Clock: engine.SystemClock{}, Door: desked{still{t: t}, desk}}), name: "a"}
	c := &child{m: s.m, s: s, source: script.Source{Name: "a", Rooms: []engine.RoomGlob{glob}}, proc: &os.Process{Pid: -1}, out: outlet{wake: make(chan struct{}, 1)}}
	return c, desk
}

// answerTo is the last answer of the daemon about moderation.
func answerTo(t *testing.T, c *child) moderated {
	t.Helper()
	last := c.out.frames[len(c.out.frames)-1]
	a, ok := last.body.(moderated)
	if !ok || last.kind != kindModerated {
		t.Fatalf("the last frame is %+v", last)
	}
	return a
}

// A child can moderate where its script may, whatever it says of itself.
func TestChildModeratesWhereItMay(t *testing.T) {
	c, desk := moderating(t)
	ref := func(s string) *string { return &s }
	order, nuke := &moderate.Order{Step: moderate.Step{Do: "warn"}}, &moderate.Nuke{}
	for _, tt := range []struct {
		name string
		r    moderation
		code engine.Code
		did  string
	}{
		{"act", moderation{Session: "s", Room: "1", Act: order}, "", "act in mine of test"},
		{"act elsewhere", moderation{Session: "s", Room: "2", Act: order}, engine.Denied, ""},
		{"nuke", moderation{Session: "s", Room: "1", Nuke: nuke}, "", "nuke in mine"},
		{"nuke elsewhere", moderation{Session: "s", Room: "2", Nuke: nuke}, engine.Denied, ""},
		{"case", moderation{Case: ref("1")}, "", ""},
		{"case elsewhere", moderation{Case: ref("2")}, engine.NotFound, ""},
		{"undo", moderation{Undo: ref("1")}, "", "undo 1"},
		{"undo elsewhere", moderation{Undo: ref("2")}, engine.NotFound, ""},
		{"permit", moderation{Permit: &moderate.Permit{What: "links"}}, "", "permit"},
	} {
		desk.did = nil
		if err := c.moderate(1, tt.r); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		a := answerTo(t, c)
		code := engine.Code("")
		if a.Err != nil {
			code = a.Err.Code
		}
		if code != tt.code || strings.Join(desk.did, ", ") != tt.did {
			t.Errorf("%s: code %q, did %v", tt.name, code, desk.did)
		}
	}
	if err := c.moderate(2, moderation{Cases: &moderate.Query{}}); err != nil {
		t.Fatal(err)
	}
	if a := answerTo(t, c); len(a.Cases) != 1 || a.Cases[0].ID != "1" {
		t.Errorf("cases %+v", a.Cases)
	}
	if c.actions != 0 {
		t.Errorf("%d requests are open", c.actions)
	}
	desk.refuse = true
	if err := c.moderate(3, moderation{Case: ref("1")}); err != nil || answerTo(t, c).Err.Code != engine.Denied {
		t.Errorf("without the grant: %v, %+v", err, answerTo(t, c))
	}
}

func TestChildModerationOutOfBounds(t *testing.T) {
	c, _ := moderating(t)
	for name, r := range map[string]moderation{
		"nothing":     {},
		"two":         {Nuke: &moderate.Nuke{}, Cases: &moderate.Query{}},
		"a long name": {Person: strings.Repeat("x", 300), Nuke: &moderate.Nuke{}},
		"a long user": {Act: &moderate.Order{User: engine.User{Account: strings.Repeat("x", 300)}}},
	} {
		if err := c.moderate(1, r); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// The rules of a child hold for the rooms of its script while it serves, and end with it.
func TestChildRules(t *testing.T) {
	c, desk := moderating(t)
	cfg := moderate.Config{Name: "house", Ladder: moderate.DefaultLadder()}
	for n := range uint64(2) {
		if _, err := c.rules(ruled{Number: n + 1, Config: cfg}); err != nil {
			t.Errorf("%d: %v", n+1, err)
		}
	}
	if _, err := c.rules(ruled{Number: 1, Config: cfg}); engine.CodeOf(err) != engine.Quota {
		t.Errorf("the same number twice: %v", err)
	}
	if _, err := c.rules(ruled{Number: 3}); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("rules that make no sense: %v", err)
	}
	if desk.rules != 0 {
		t.Errorf("%d sets of one that does not serve", desk.rules)
	}
	c.s.swap(t.Context(), c)
	if desk.rules != 2 || len(desk.seen) != 1 || desk.seen[0].String() != "s/1" {
		t.Errorf("%d sets, for %v", desk.rules, desk.seen)
	}
	if err := c.unrule(1, none{}); err != nil || desk.rules != 1 {
		t.Errorf("%d sets after one was taken back, %v", desk.rules, err)
	}
	if _, err := c.rules(ruled{Number: 3, Config: cfg}); err != nil || desk.rules != 2 {
		t.Errorf("%d sets after another began, %v", desk.rules, err)
	}
	c.s.swapping = true // it does not count as a death that nobody wanted
	c.s.ended(c)
	if desk.rules != 0 {
		t.Errorf("%d sets after its end", desk.rules)
	}
	if _, err := c.rules(ruled{Number: 4, Config: cfg}); err != nil || desk.rules != 0 {
		t.Errorf("%d sets of one that is gone, %v", desk.rules, err)
	}
}

// A child that is replaced keeps its rules, though it takes them back as it ends its script,
// until those of the next hold; they are gone when the load is over.
func TestRulesOfTheNextChild(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, desk := moderating(t)
		next, _ := moderating(t)
		next.s, next.m = old.s, old.m
		old.unloaded, old.deadline = make(chan struct{}), patient
		cfg := moderate.Config{Name: "house", Ladder: moderate.DefaultLadder()}
		put := func(c *child, n uint64) {
			t.Helper()
			if _, err := c.rules(ruled{Number: n, Config: cfg}); err != nil {
				t.Fatal(err)
			}
		}
		put(old, 1)
		old.s.swap(t.Context(), old)
		put(next, 1)
		put(next, 2)
		swapped := make(chan struct{})
		go func() {
			old.s.swap(t.Context(), next)
			close(swapped)
		}()
		synctest.Wait()
		if err := old.unrule(1, none{}); err != nil || desk.rules != 1 {
			t.Errorf("%d sets while the old one ends, %v", desk.rules, err)
		}
		close(old.unloaded)
		<-swapped
		if desk.rules != 2 || len(old.ruling) != 0 {
			t.Errorf("%d sets, and %d of the old one", desk.rules, len(old.ruling))
		}
		put(old, 2)
		if desk.rules != 2 {
			t.Errorf("%d sets after one that serves no more made some", desk.rules)
		}
	})
}

// patient is longer than anything takes.
const patient = time.Hour
