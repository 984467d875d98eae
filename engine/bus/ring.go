package bus

import "botd/engine"

// ring remembers the latest max events. It grows as it fills, so that a small or
// quiet use stays small.
type ring struct {
	max      int
	maxBytes int // 0: somebody else looks after that
	buf      []weighed
	head     int // index of the oldest
	n        int // how many
	bytes    int // what they weigh
}

// weighed spares looking at an event again when it goes, long after it left the
// processor's cache.
type weighed struct {
	*engine.Event
	bytes int
}

// add forgets the oldest event if the ring is full.
func (r *ring) add(ev *engine.Event, bytes int) {
	switch {
	case r.n == r.max:
		r.pop()
	case r.n == len(r.buf):
		r.grow()
	}
	r.buf[r.index(r.n)] = weighed{ev, bytes}
	r.n++
	r.bytes += bytes
	for r.bytes > r.maxBytes && r.maxBytes > 0 && r.n > 1 {
		r.pop()
	}
}

func (r *ring) grow() {
	grown := make([]weighed, min(r.max, 2*len(r.buf)+4))
	for i := range r.n {
		grown[i] = r.buf[r.index(i)]
	}
	r.buf, r.head = grown, 0
}

// pop forgets the oldest event.
func (r *ring) pop() {
	r.bytes -= r.buf[r.head].bytes
	r.buf[r.head] = weighed{}
	r.head = r.index(1)
	r.n--
}

// index is the place of the i-th event counted from the oldest.
func (r *ring) index(i int) int {
	if i += r.head; i >= len(r.buf) {
		i -= len(r.buf)
	}
	return i
}

// last returns a copy of the latest n, oldest first.
func (r *ring) last(n int) []*engine.Event {
	n = max(0, min(n, r.n))
	out := make([]*engine.Event, n)
	for i := range out {
		out[i] = r.buf[r.index(r.n-n+i)].Event
	}
	return out
}
