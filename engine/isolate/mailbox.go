package isolate

import (
	"slices"

	"botd/engine/dispatch"
)

// mailbox holds the events that wait for a script, in order.
type mailbox struct {
	events []*dispatch.Prepared
	head   int
}

func (b *mailbox) len() int { return len(b.events) - b.head }

func (b *mailbox) push(p *dispatch.Prepared) {
	if b.head > len(b.events)/2 { // half of it is used up
		b.events = append(b.events[:0], b.events[b.head:]...)
		clear(b.events[len(b.events):cap(b.events)])
		b.head = 0
	}
	b.events = append(b.events, p)
}

// pop takes the oldest; the mailbox must not be empty.
func (b *mailbox) pop() *dispatch.Prepared {
	p := b.events[b.head]
	b.events[b.head] = nil
	b.head++
	if b.head == len(b.events) {
		b.events, b.head = b.events[:0], 0
		if cap(b.events) > 1024 {
			b.events = nil
		}
	}
	return p
}

// putBack puts events before all others.
func (b *mailbox) putBack(events []*dispatch.Prepared) {
	b.events, b.head = slices.Concat(events, b.events[b.head:]), 0
}

// drain empties the mailbox and reports how many were in it.
func (b *mailbox) drain() int {
	n := b.len()
	*b = mailbox{}
	return n
}
