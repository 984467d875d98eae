package adaptertest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"botd/engine"
	"botd/engine/enginetest"
)

// eventLog is the emit of a session: it keeps all events and holds each to the rules
// that hold for every event.
type eventLog struct {
	tb     testing.TB
	kinds  map[engine.Kind]bool // the adapter's word on what it emits; empty if it gives none
	labels []string             // its word on what users are called
	told   enginetest.Told      // as the daemon knows it

	mu      sync.Mutex
	running bool
	busy    map[engine.RoomID]bool // an emit for the room is under way
	events  []engine.Event
}

func newEventLog(tb testing.TB, events []engine.Origin, labels []string) *eventLog {
	l := &eventLog{tb: tb, labels: labels, kinds: map[engine.Kind]bool{}, busy: map[engine.RoomID]bool{}}
	for _, e := range events {
		l.kinds[e.Kind] = true
	}
	return l
}

// open and close say when Run may emit.
func (l *eventLog) open()  { l.setRunning(true) }
func (l *eventLog) close() { l.setRunning(false) }

func (l *eventLog) setRunning(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = on
}

func (l *eventLog) emit(ev engine.Event) {
	l.enter(ev)
	if !ev.At.IsZero() && ev.At.Location() != time.UTC {
		l.tb.Errorf("the time is not in UTC: %v: %s", ev.At, describe(ev))
	}
	if len(l.kinds) > 0 && !l.kinds[ev.Kind()] {
		l.tb.Errorf("the adapter's Events do not list the kind %s: %s", ev.Kind(), describe(ev))
	}
	for _, label := range ev.User.Roles {
		if !slices.Contains(l.labels, label) {
			l.tb.Errorf("the adapter's Labels do not list %q: %s", label, describe(ev))
		}
	}
	checkRoundTrip(l.tb, ev)
	fresh := l.told.Fresh(ev)
	l.mu.Lock()
	defer l.mu.Unlock()
	if fresh { // else the daemon keeps it back
		l.events = append(l.events, ev)
	}
	l.busy[ev.Room.ID] = false
}

func (l *eventLog) enter(ev engine.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.running {
		l.tb.Errorf("emitted outside Run: %s", describe(ev))
	}
	if l.busy[ev.Room.ID] {
		l.tb.Errorf("two emits for room %q at once: %s", ev.Room.ID, describe(ev))
	}
	l.busy[ev.Room.ID] = true
}

// checkRoundTrip expects the event to survive JSON, except for what is private. An empty
// list may come back as none.
func checkRoundTrip(tb testing.TB, ev engine.Event) {
	data, err := json.Marshal(ev)
	if err != nil {
		tb.Errorf("event cannot be encoded: %v: %#v", err, ev)
		return
	}
	var back engine.Event
	if err := json.Unmarshal(data, &back); err != nil {
		tb.Errorf("event cannot be decoded again: %v: %s", err, data)
		return
	}
	if reflect.DeepEqual(ev, back) {
		return // much faster than looking for a difference
	}
	if diff := cmp.Diff(ev, back, cmpopts.EquateEmpty(), cmpopts.IgnoreTypes(engine.Private{})); diff != "" {
		tb.Errorf("event changes on its way through JSON (-emitted +decoded):\n%s", diff)
	}
}

// find returns the first event that matches.
func (l *eventLog) find(match func(engine.Event) bool) (engine.Event, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.events, match)
	if i < 0 {
		return engine.Event{}, false
	}
	return l.events[i], true
}

// all returns the events that match, in order.
func (l *eventLog) all(match func(engine.Event) bool) []engine.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []engine.Event
	for _, ev := range l.events {
		if match(ev) {
			out = append(out, ev)
		}
	}
	return out
}

// reset forgets the events so far.
func (l *eventLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = nil
}

func (l *eventLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	const most = 30
	from := max(0, len(l.events)-most)
	if from > 0 {
		fmt.Fprintf(&b, "  (%d more)\n", from)
	}
	for _, ev := range l.events[from:] {
		fmt.Fprintf(&b, "  %s\n", describe(ev))
	}
	return b.String()
}

func describe(ev engine.Event) string {
	return fmt.Sprintf("%s in %q by %q (self %v): %+v", ev.Kind(), ev.Room.ID, ev.User.Name, ev.Self, ev.Body)
}
