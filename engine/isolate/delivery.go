package isolate

import (
	"errors"
	"fmt"
	"slices"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
	"botd/engine/trace"
)

// window is how many events a child may have that its handlers have not begun: enough
// to keep it busy, few enough that little is lost with it.
const window = 64

// deliver queues an event. It never blocks.
func (s *slot) deliver(p *dispatch.Prepared) {
	s.mu.Lock()
	defer s.mu.Unlock()
	queued := s.box.len()
	if s.cur != nil {
		queued += len(s.cur.flight)
	}
	switch {
	case s.table.Load() == nil: // ended a moment ago
	case queued >= s.source.Limits.Mailbox:
		s.dropped(1)
		s.lost(p.Event, trace.MailboxFull, fmt.Sprintf("%d wait (limits.mailbox)", queued))
	default:
		s.box.push(p)
		s.pump()
	}
}

// dropped counts events that reach nobody. mu is held.
func (s *slot) dropped(n int) {
	s.past.Dropped += uint64(n)
	s.unsaid.Add(uint64(n))
}

// pump sends the child what it may have. mu is held.
func (s *slot) pump() {
	c := s.cur
	for c != nil && !s.swapping && len(c.flight) < window && s.box.len() > 0 {
		p := s.box.pop()
		c.flight = append(c.flight, p)
		c.events++
		c.work++
		c.post(kindEvent, c.events, s.open(p))
	}
}

// open adds what the event hides if the script may read it.
func (s *slot) open(p *dispatch.Prepared) any {
	if text := s.reveal(p); text != "" {
		return opened{Prepared: p, private: text}
	}
	return p
}

func (s *slot) reveal(p *dispatch.Prepared) string {
	hidden := engine.PrivateOf(p.Event)
	if hidden.IsZero() {
		return ""
	}
	text, err := s.m.opt.Door.Reveal(script.Origin{Script: s.name, Event: p.Event.ID}, hidden)
	if err != nil {
		return ""
	}
	return text
}

// heard keeps the books of a child by what it says of itself.
func (s *slot) heard(c *child, st state) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st.Seen > c.work {
		return errors.New("it has seen more than it was sent")
	}
	if err := c.take(st.Taken); err != nil {
		return err
	}
	st.Interest = nil
	if s := st.Status.Suspended; s != nil {
		s.Why = script.Printable(s.Why)
	}
	c.state = st
	if s.cur == c {
		if !s.swapping { // one that is being replaced waits for nothing any more, but the script does
			s.wait(c.table)
		}
		s.pump()
	}
	return nil
}

// take notes that the handlers of the events up to number n have begun. mu of the slot
// is held.
func (c *child) take(n uint64) error {
	first := c.events - uint64(len(c.flight)) // the number of the last one taken
	if n < first || n > c.events {
		return errors.New("it has handled events that it was not sent")
	}
	c.flight = slices.Delete(c.flight, 0, int(n-first))
	return nil
}
