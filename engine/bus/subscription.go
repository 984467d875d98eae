package bus

import (
	"slices"
	"sync"
	"sync/atomic"

	"botd/engine"
)

// Subscription watches events from outside: `botd tail`. A reader
// that is too slow loses events and can see how many. To begin without a gap,
// subscribe first, then ask for [Bus.Last] and skip what comes twice:
// IDs of one run compare as strings.
type Subscription struct {
	// C has the events. Close closes it.
	C <-chan *engine.Event

	bus     *Bus
	dropped atomic.Uint64

	mu     sync.Mutex // so that nothing is sent once c is closed
	c      chan *engine.Event
	closed bool
}

// Subscribe starts a subscription that holds up to buffer events, at least one, for
// its reader. The caller must Close it.
func (b *Bus) Subscribe(buffer int) *Subscription {
	c := make(chan *engine.Event, max(buffer, 1))
	s := &Subscription{C: c, bus: b, c: c}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.observers = append(slices.Clone(b.observers), s)
	return s
}

// Close ends the subscription: the events that wait may still be read, then C is at
// its end. It may be called twice.
func (s *Subscription) Close() {
	s.bus.mu.Lock()
	s.bus.observers = slices.DeleteFunc(slices.Clone(s.bus.observers), func(o *Subscription) bool { return o == s })
	s.bus.mu.Unlock()

	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.c)
	}
}

// Dropped is how many events the reader has lost so far.
func (s *Subscription) Dropped() uint64 { return s.dropped.Load() }

func (s *Subscription) offer(ev *engine.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	select {
	case s.c <- ev:
	default:
		s.dropped.Add(1)
	}
}
