package dispatch_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/trace"
)

// station is a filter of a test: decide is asked at once, unless it is nil; then the test
// answers.
type station struct {
	place   dispatch.Place
	closed  bool
	decide  func(text string) dispatch.Ruling
	asked   []string
	answers []func(dispatch.Ruling)
	givenUp int
}

// sifting is a sieve with the filters of a test, and what passed.
type sifting struct {
	*dispatch.Sieve
	mu       sync.Mutex
	stations []*station // in the order of their places
	passed   []string
	steps    []trace.Step
}

func newSifting(stations ...*station) *sifting {
	w := &sifting{stations: stations}
	for i, st := range stations {
		if st.place == (dispatch.Place{}) {
			st.place = dispatch.Place{Script: "s", Order: uint64(i + 1)}
		}
	}
	w.Sieve = dispatch.NewSieve(dispatch.SieveOptions{
		Clock: engine.SystemClock{}, Log: slog.New(slog.DiscardHandler),
		Any:     func() bool { return len(w.stations) > 0 },
		Next:    w.next,
		Prepare: prepareEvent,
		Deliver: func(p dispatch.Prepared) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.passed = append(w.passed, string(p.Event.Room.ID)+":"+describe(p))
		},
		Trace: func(s trace.Step) { w.mu.Lock(); defer w.mu.Unlock(); w.steps = append(w.steps, s) },
	})
	return w
}

func describe(p dispatch.Prepared) string {
	m, ok := p.Event.Body.(engine.Message)
	if !ok {
		return string(p.Kind)
	}
	if m.Original != "" {
		return m.Text + " was " + m.Original
	}
	return m.Text
}

func prepareEvent(ev *engine.Event) dispatch.Prepared {
	return dispatch.Prepare(ev, engine.User{Name: "bot"}, &dispatch.Prefixes{Default: "!"})
}

func (w *sifting) next(p dispatch.Prepared, after *dispatch.Place) (dispatch.Stage, bool) {
	for _, st := range w.stations {
		if after == nil || st.place.Compare(*after) > 0 {
			return dispatch.Stage{Place: st.place, Closed: st.closed, Title: "filter at s.lua:1", Ask: st.ask}, true
		}
	}
	return dispatch.Stage{}, false
}

func (st *station) ask(p *dispatch.Prepared, done func(dispatch.Ruling)) func() {
	st.asked = append(st.asked, p.Text)
	if st.decide != nil {
		done(st.decide(p.Text))
	} else {
		st.answers = append(st.answers, done)
	}
	return func() { st.givenUp++ }
}

// answer answers the oldest question that is open.
func (st *station) answer(r dispatch.Ruling) {
	done := st.answers[0]
	st.answers = st.answers[1:]
	done(r)
}

func (w *sifting) say(room, text string) { w.happen(room, engine.Message{Text: text}) }

func (w *sifting) happen(room string, body engine.Body) {
	w.Take(prepareEvent(&engine.Event{ID: "e", Session: "x", Room: engine.Room{ID: engine.RoomID(room)}, User: engine.User{Name: "ann"}, Body: body}))
}

func (w *sifting) expect(t *testing.T, want ...string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if d := cmp.Diff(want, w.passed); d != "" {
		t.Errorf("passed: -want +got\n%s", d)
	}
}

// reasons are what was noted.
func (w *sifting) reasons() (out []trace.Reason) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.steps {
		out = append(out, s.Reason)
	}
	return out
}

// While a filter decides, what happens in its room waits; other rooms do not.
func TestSieveKeepsTheOrderOfARoom(t *testing.T) {
	st := &station{}
	w := newSifting(st)
	w.say("a", "one")
	w.say("a", "two")
	w.happen("a", engine.Joined{})
	w.happen("b", engine.Joined{})
	w.say("b", "three")
	w.expect(t, "b:join")
	if before, holds := w.Holds(&engine.Event{ID: "e", Session: "x", Room: engine.Room{ID: "a"}}); before != 0 || !holds || w.Held() != 4 || w.Idle() {
		t.Errorf("held: %d, %t, %d in all, idle %t", before, holds, w.Held(), w.Idle())
	}
	st.answer(dispatch.Ruling{}) // one
	st.answer(dispatch.Ruling{}) // three, of the other room
	w.expect(t, "b:join", "a:one", "b:three")
	st.answer(dispatch.Ruling{Drop: true})
	w.expect(t, "b:join", "a:one", "b:three", "a:join")
	if !w.Idle() || w.Held() != 0 {
		t.Error("something is held after the end")
	}
	w.happen("a", engine.Left{})
	w.say("a", "four")
	st.answer(dispatch.Ruling{})
	w.expect(t, "b:join", "a:one", "b:three", "a:join", "a:leave", "a:four")
}

// What the bot says, what is old and what is no message is nothing for filters.
func TestSieveAsksAboutMessagesOfOthers(t *testing.T) {
	st := &station{decide: func(string) dispatch.Ruling { return dispatch.Ruling{Drop: true} }}
	w := newSifting(st)
	for _, ev := range []engine.Event{
		{Self: true, Body: engine.Message{Text: "mine"}}, {History: true, Body: engine.Message{Text: "old"}},
		{Body: engine.Edited{Text: "changed"}}, {Body: engine.Joined{}},
	} {
		w.Take(prepareEvent(&ev))
	}
	if len(w.passed) != 4 || len(st.asked) > 0 {
		t.Errorf("passed %q, asked about %q", w.passed, st.asked)
	}
	w.Take(prepareEvent(&engine.Event{Body: engine.Message{Text: "psst", Private: true}}))
	if len(w.passed) != 4 || !slices.Equal(st.asked, []string{"psst"}) {
		t.Errorf("of a whisper: passed %q, asked about %q", w.passed, st.asked)
	}
}

func TestSieveAsksInOrder(t *testing.T) {
	add := func(s string) func(string) dispatch.Ruling {
		return func(text string) dispatch.Ruling { return dispatch.Ruling{Changed: true, Text: text + s} }
	}
	first := &station{place: dispatch.Place{Priority: 2, Script: "z"}, decide: add("1")}
	second := &station{place: dispatch.Place{Priority: 1, Script: "a"}, decide: add("2")}
	third := &station{place: dispatch.Place{Priority: 1, Script: "b", Order: 1}, decide: func(text string) dispatch.Ruling { return dispatch.Ruling{Drop: strings.HasPrefix(text, "x")} }}
	last := &station{place: dispatch.Place{Priority: 1, Script: "b", Order: 2}, decide: func(text string) dispatch.Ruling { return dispatch.Ruling{Changed: true, Text: text} }}
	w := newSifting(first, second, third, last)
	w.say("a", "hi")
	w.say("a", "x")
	w.expect(t, "a:hi12 was hi")
	if d := cmp.Diff([][]string{{"hi", "x"}, {"hi1", "x1"}, {"hi12", "x12"}, {"hi12"}}, [][]string{first.asked, second.asked, third.asked, last.asked}); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]trace.Reason{trace.Changed, trace.Changed, trace.Changed, trace.Changed, trace.Dropped}, w.reasons()); d != "" {
		t.Error(d)
	}
	if got := w.steps[0]; got.Became != "hi1" || got.Text != "the filter at s.lua:1 of z" {
		t.Errorf("noted %+v", got)
	}
}

func TestSieveOfFiltersThatFail(t *testing.T) {
	for _, tt := range []struct {
		closed bool
		r      dispatch.Ruling
		want   []string
		reason trace.Reason
	}{
		{false, dispatch.Ruling{Failed: trace.HandlerError, Why: "boom"}, []string{"a:hi"}, trace.HandlerError},
		{true, dispatch.Ruling{Failed: trace.HandlerError, Why: "boom"}, nil, trace.FilterFailed},
		{true, dispatch.Ruling{Failed: trace.Suspended}, nil, trace.FilterFailed},
		{true, dispatch.Ruling{}, []string{"a:hi"}, ""},
	} {
		w := newSifting(&station{closed: tt.closed, decide: func(string) dispatch.Ruling { return tt.r }})
		w.say("a", "hi")
		w.expect(t, tt.want...)
		if got := append(w.reasons(), "")[0]; got != tt.reason {
			t.Errorf("%+v: noted %q, want %q", tt, got, tt.reason)
		}
	}
}

// A filter whose script was replaced before it was asked is looked for anew.
func TestSieveAsksAgain(t *testing.T) {
	tries := 0
	w := newSifting(&station{decide: func(string) dispatch.Ruling {
		tries++
		return dispatch.Ruling{Again: tries < 3, Drop: tries == 3}
	}})
	w.say("a", "hi")
	w.expect(t)
	if tries != 3 {
		t.Errorf("asked %d times", tries)
	}
}

// A filter that takes too long is given up, and what it says later does not count.
func TestSieveLosesPatience(t *testing.T) {
	for _, closed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			st := &station{closed: closed}
			w := newSifting(st)
			w.say("a", "one")
			w.say("a", "two")
			time.Sleep(dispatch.Patience - 1)
			synctest.Wait()
			w.expect(t)
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			want := []string{"a:one"}
			if closed {
				want = nil
			}
			w.expect(t, want...)
			st.answer(dispatch.Ruling{Changed: true, Text: "late"})
			w.expect(t, want...)
			st.answer(dispatch.Ruling{})
			w.expect(t, append(want, "a:two")...)
			if st.givenUp != 1 {
				t.Errorf("given up %d times", st.givenUp)
			}
		})
	}
}

// A room that has more than may wait goes on without its filters until half of it has gone,
// in order.
func TestSieveOverflows(t *testing.T) {
	for _, closed := range []bool{false, true} {
		st := &station{closed: closed}
		w := newSifting(st)
		var want []string
		for i := range dispatch.MaxHeld {
			w.say("a", fmt.Sprint(i))
			want = append(want, fmt.Sprint("a:", i))
		}
		w.expect(t)
		w.say("a", "one more")
		gone := dispatch.MaxHeld/2 + 1
		if closed {
			w.expect(t)
		} else {
			w.expect(t, want[:gone]...)
		}
		if w.Held() != dispatch.MaxHeld+1-gone || st.givenUp != 1 || len(st.asked) != 2 {
			t.Errorf("%d held, given up %d times, asked %d times", w.Held(), st.givenUp, len(st.asked))
		}
		for _, r := range w.reasons() {
			if r != trace.Overflow {
				t.Fatalf("noted %q", r)
			}
		}
		st.answers = st.answers[1:] // of what was given up
		for !w.Idle() {
			st.answer(dispatch.Ruling{})
		}
		if n := len(w.passed); w.passed[n-1] != "a:one more" {
			t.Errorf("the last is %q", w.passed[n-1])
		}
	}
}

// Large events count by their size.
func TestSieveIsBoundedInBytes(t *testing.T) {
	st := &station{}
	w := newSifting(st)
	for range 20 {
		w.say("a", strings.Repeat("x", 1<<20))
	}
	if n := w.Held(); n > 17 || n < 7 {
		t.Errorf("%d events of a MiB are held", n)
	}
}

// However answers come, each event passes once and its room keeps its order.
func TestSieveUnderRaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &station{}
		w := newSifting(st)
		slow := func(p *dispatch.Prepared, done func(dispatch.Ruling)) func() {
			go done(dispatch.Ruling{})
			return func() {}
		}
		next := func(p dispatch.Prepared, after *dispatch.Place) (dispatch.Stage, bool) {
			return dispatch.Stage{Place: st.place, Ask: slow}, after == nil
		}
		var mu sync.Mutex
		got := map[string][]string{}
		w.Sieve = dispatch.NewSieve(dispatch.SieveOptions{
			Clock: engine.SystemClock{}, Log: slog.New(slog.DiscardHandler), Any: func() bool { return true }, Next: next, Prepare: prepareEvent,
			Deliver: func(p dispatch.Prepared) {
				mu.Lock()
				defer mu.Unlock()
				got[string(p.Event.Room.ID)] = append(got[string(p.Event.Room.ID)], p.Text)
			},
			Trace: func(trace.Step) {},
		})
		want := map[string][]string{}
		for i := range 2000 {
			room := string(rune('a' + i%3))
			want[room] = append(want[room], fmt.Sprint(i))
			w.say(room, fmt.Sprint(i))
		}
		synctest.Wait()
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		if _, still := w.Still(); !w.Idle() || !still {
			t.Error("it is at something")
		}
	})
}

func TestScreensOfATable(t *testing.T) {
	b := dispatch.NewBuilder([]engine.RoomGlob{glob(t, "x/*")})
	add := func(priority int, rooms ...string) uint64 {
		id, err := b.Add(dispatch.Sub{Screen: &dispatch.Screen{Priority: priority}, Filter: dispatch.Filter{Rooms: rooms}, Handler: priority, Where: "a.lua:1"})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	low, _, other := add(-1), add(5), add(5, "x/attic")
	table := b.Build()
	walk := func(table *dispatch.Table, session engine.SessionID, room engine.RoomID) (out []dispatch.Place) {
		p := prepareEvent(&engine.Event{Session: session, Room: engine.Room{ID: room}, Body: engine.Message{Text: "!ping"}})
		var after *dispatch.Place
		for {
			s := table.NextScreen(&p, "me", after)
			if s == nil {
				return out
			}
			at := s.Place("me")
			out, after = append(out, at), &at
			if s.Title() != "filter at a.lua:1" {
				t.Errorf("its title is %q", s.Title())
			}
		}
	}
	if d := cmp.Diff([]dispatch.Place{{5, "me", 2}, {5, "me", 3}, {-1, "me", 1}}, walk(table, "x", "attic")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]dispatch.Place{{5, "me", 2}, {-1, "me", 1}}, walk(table, "x", "lobby")); d != "" {
		t.Error(d)
	}
	if got := walk(table, "y", "attic"); len(got) > 0 {
		t.Errorf("in a room the script does not see: %v", got)
	}
	p := prepareEvent(&engine.Event{Session: "x", Room: engine.Room{ID: "attic"}, Body: engine.Message{Text: "!ping"}})
	if table.Wants(&p) || len(matched(table, &p)) > 0 || len(table.Explain(&p)) > 0 {
		t.Error("a filter counts as a handler")
	}
	b.Remove(low)
	b.Remove(other)
	if got := b.Build(); got.Screens() != 1 || table.Screens() != 3 {
		t.Errorf("%d filters are left", got.Screens())
	}
	for range dispatch.MaxScreens - 1 {
		add(0)
	}
	if _, err := b.Add(dispatch.Sub{Screen: &dispatch.Screen{}}); engine.CodeOf(err) != engine.Quota {
		t.Errorf("one filter more than may be: %v", err)
	}
}
