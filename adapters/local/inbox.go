package local

import (
	"context"
	"sync"

	"botd/engine"
)

// Inbox keeps the events a participant hears until somebody reads them, in order and
// without bound. Its Put never waits, which makes it a [Visit].Hear for readers that do.
// The zero value is ready for use.
type Inbox struct {
	mu     sync.Mutex
	events []engine.Event
	more   chan struct{} // closed by the next Put; nil if nobody waits
}

// Put adds an event.
func (in *Inbox) Put(ev engine.Event) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.events = append(in.events, ev)
	if in.more != nil {
		close(in.more)
		in.more = nil
	}
}

// Take returns all events there are and empties the inbox.
func (in *Inbox) Take() []engine.Event {
	in.mu.Lock()
	defer in.mu.Unlock()
	evs := in.events
	in.events = nil
	return evs
}

// Next returns the oldest event and waits for one if there is none, until ctx ends.
func (in *Inbox) Next(ctx context.Context) (engine.Event, error) {
	for {
		ev, more := in.next()
		if more == nil {
			return ev, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return engine.Event{}, ctx.Err()
		}
	}
}

// next returns an event, or else what to wait for.
func (in *Inbox) next() (engine.Event, <-chan struct{}) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.events) > 0 {
		ev := in.events[0]
		in.events[0] = engine.Event{}
		if in.events = in.events[1:]; len(in.events) == 0 {
			in.events = nil
		}
		return ev, nil
	}
	if in.more == nil {
		in.more = make(chan struct{})
	}
	return engine.Event{}, in.more
}
