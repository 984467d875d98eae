package host

import (
	"sync"
	"sync/atomic"
	"time"

	"botd/engine"
	"botd/engine/bus"
	"botd/engine/script"
)

// Note is something to tell an operator that is no event: a script's log line or fault.
type Note struct {
	At     time.Time      `json:"time"`
	Script string         `json:"script"`
	Event  engine.EventID `json:"event,omitempty"`
	Level  string         `json:"level"`
	Text   string         `json:"text"`
	Fields map[string]any `json:"fields,omitempty"`
	Error  *script.Error  `json:"error,omitempty"`
}

// feed hands notes to those who watch. The zero value is ready.
type feed struct {
	mu    sync.Mutex
	tails map[*Tail]struct{}
}

func (f *feed) publish(n Note) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for t := range f.tails {
		select {
		case t.notes <- n:
		default:
			t.dropped.Add(1)
		}
	}
}

// Tail follows what happens. Close it after use.
type Tail struct {
	Events <-chan *engine.Event
	Notes  <-chan Note

	feed    *feed
	notes   chan Note
	sub     *bus.Subscription
	dropped atomic.Uint64
}

// tailBuffer is how far a reader may fall behind.
const tailBuffer = 1024

// Tail starts following. A reader that is too slow loses events and notes, counted in
// Dropped.
func (h *Host) Tail() *Tail {
	sub := h.bus.Subscribe(tailBuffer)
	notes := make(chan Note, tailBuffer)
	t := &Tail{Events: sub.C, Notes: notes, feed: &h.feed, notes: notes, sub: sub}
	h.feed.mu.Lock()
	defer h.feed.mu.Unlock()
	if h.feed.tails == nil {
		h.feed.tails = map[*Tail]struct{}{}
	}
	h.feed.tails[t] = struct{}{}
	return t
}

// Dropped is how much the reader has lost.
func (t *Tail) Dropped() uint64 { return t.dropped.Load() + t.sub.Dropped() }

// Close ends it.
func (t *Tail) Close() {
	t.feed.mu.Lock()
	delete(t.feed.tails, t)
	t.feed.mu.Unlock()
	t.sub.Close()
}
