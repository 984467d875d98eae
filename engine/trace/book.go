package trace

import (
	"sync"
	"sync/atomic"
	"time"

	"botd/engine"
)

// Step is one thing that happened to an event.
type Step struct {
	Event  engine.EventID `json:"-"`
	At     time.Time      `json:"time"`
	Script string         `json:"script,omitempty"` // "" is the daemon itself
	Gen    uint64         `json:"gen,omitempty"`
	// Handler is where the function that was called, or would have been, stands:
	// "command roll at dice.lua:3".
	Handler string `json:"handler,omitempty"`
	Reason  Reason `json:"reason,omitempty"` // why it went no further; "" if it did
	Text    string `json:"text,omitempty"`   // more about the reason: "4.2 s left"

	Became string `json:"became,omitempty"` // the text that a filter gave the event

	// Of a handler that was called: how long the event waited for it, how long it ran and how
	// long it waited itself.
	Ended  bool          `json:"ended,omitempty"`
	Queued time.Duration `json:"queued,omitempty"` // ns; of an action, how long it waited to be sent
	Ran    time.Duration `json:"ran,omitempty"`    // ns
	Waited time.Duration `json:"waited,omitempty"` // ns

	// Of an action. Steps with the same number are about the same one; Status is "" before
	// there is a receipt.
	Call   uint64          `json:"call,omitempty"`
	Action string          `json:"action,omitempty"`
	Room   engine.RoomPath `json:"room,omitempty"`
	Status engine.Status   `json:"status,omitempty"`
	Code   engine.Code     `json:"code,omitempty"`
}

// stepSize is about what a step takes without its texts.
const stepSize = 300

// weight counts what is the step's own: names are shared by many.
func (s *Step) weight() int { return stepSize + len(s.Text) + len(s.Became) }

// Defaults of [NewBook], and bounds of one event.
const (
	DefaultEvents = 5000
	DefaultBytes  = 8 << 20
	MaxSteps      = 100 // of one event; the others are counted
	maxText       = 500
)

// Book remembers the steps of the latest events that had any. Its methods may be called
// from any goroutine; those of a nil Book do nothing.
type Book struct {
	maxEvents, maxBytes int
	calls               atomic.Uint64

	mu     sync.Mutex
	events map[engine.EventID]*record
	order  []engine.EventID // a ring: oldest first from head on
	head   int
	bytes  int
	lost   engine.EventID // the newest that was forgotten
}

type record struct {
	steps []Step
	bytes int
	more  int // steps that were not kept
}

// NewBook makes a book for so many events that weigh so much; 0 takes the default.
func NewBook(events, bytes int) *Book {
	if events <= 0 {
		events = DefaultEvents
	}
	if bytes <= 0 {
		bytes = DefaultBytes
	}
	return &Book{maxEvents: events, maxBytes: bytes, events: map[engine.EventID]*record{}}
}

// Add notes a step. What is about no event is not kept.
func (b *Book) Add(s Step) {
	if b == nil || s.Event == "" {
		return
	}
	if len(s.Text) > maxText {
		s.Text = s.Text[:maxText] + "…"
	}
	if len(s.Became) > maxText {
		s.Became = s.Became[:maxText] + "…"
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.events[s.Event]
	if r == nil {
		if s.Event <= b.lost { // all that is known of it is gone: the rest would mislead
			return
		}
		r = b.begin(s.Event)
	}
	if len(r.steps) >= MaxSteps {
		r.more++
		return
	}
	r.steps = append(r.steps, s)
	b.weigh(r, s.weight())
}

// begin makes room for one more event. mu is held.
func (b *Book) begin(id engine.EventID) *record {
	r := &record{steps: make([]Step, 0, 2)}
	b.events[id] = r
	b.order = append(b.order, id)
	for len(b.order)-b.head > b.maxEvents {
		b.forget()
	}
	return r
}

// weigh counts bytes of r and forgets the oldest until what is left weighs little enough.
func (b *Book) weigh(r *record, n int) {
	r.bytes += n
	b.bytes += n
	for b.bytes > b.maxBytes && len(b.order)-b.head > 1 {
		b.forget()
	}
}

// forget forgets the oldest event. mu is held.
func (b *Book) forget() {
	id := b.order[b.head]
	b.order[b.head] = ""
	b.head++
	if b.head > len(b.order)/2 {
		b.order = append(b.order[:0], b.order[b.head:]...)
		b.head = 0
	}
	b.bytes -= b.events[id].bytes
	delete(b.events, id)
	b.lost = max(b.lost, id)
}

// Call numbers an action.
func (b *Book) Call() uint64 {
	if b == nil {
		return 0
	}
	return b.calls.Add(1)
}

// Of returns the steps of an event in the order in which they were noted, and how many
// more there were. known is false if steps of the event may have been forgotten.
func (b *Book) Of(id engine.EventID) (steps []Step, more int, known bool) {
	if b == nil {
		return nil, 0, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.events[id]
	if r == nil {
		return nil, 0, id > b.lost
	}
	return append([]Step(nil), r.steps...), r.more, true
}
