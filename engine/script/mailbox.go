package script

import (
	"time"

	"botd/engine/dispatch"
)

// maxMailBytes bounds what the events in a mailbox weigh together: their number alone
// would let large ones fill the memory.
const maxMailBytes = 16 << 20

// mailbox holds the events a script has still to handle.
type mailbox struct {
	queue queue[letter]
	bytes int
}

type letter struct {
	p      *dispatch.Prepared
	weight int
	at     time.Time // when it came, if that is traced
}

func (b *mailbox) len() int { return b.queue.len() }

// push takes an event in, or reports false if there is no room: for most events at a
// time, or for one more of its size.
func (b *mailbox) push(p *dispatch.Prepared, at time.Time, most int) bool {
	weight := p.Event.Weight()
	if b.len() >= most || b.len() > 0 && b.bytes+weight > maxMailBytes {
		return false
	}
	b.bytes += weight
	b.queue.push(letter{p, weight, at})
	return true
}

func (b *mailbox) pop() letter {
	l := b.queue.pop()
	b.bytes -= l.weight
	return l
}

// drain empties the mailbox and reports how many events were in it.
func (b *mailbox) drain() int {
	b.bytes = 0
	return b.queue.drain()
}
