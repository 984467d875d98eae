package isolate

import (
	"io"
	"sync"
)

// outlet is the queue of frames for a child. What is in it is bounded by what may be
// outstanding; if it grows beyond that the child does not read.
type outlet struct {
	wake chan struct{} // capacity 1

	mu     sync.Mutex
	frames []outgoing
	bulk   int // of the frames
	closed bool
}

type outgoing struct {
	kind kind
	id   uint64
	body any
}

// bulk is about how many bytes of others' data a frame holds until it is written.
func (f outgoing) bulk() int {
	if b, ok := f.body.(interface{ bulk() int }); ok {
		return b.bulk()
	}
	return 0
}

// maxBulk is more than the sum of what a healthy child has asked for at a time.
const maxBulk = 32 << 20

// maxOutgoing is more than all that can be outstanding: events, receipts, runs, and answers
// to one question for each of the few goroutines of a child that ask.
const maxOutgoing = window + maxActions + maxRuns + 1024

// put adds a frame. It is false if there are too many.
func (o *outlet) put(f outgoing) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return true
	}
	o.bulk += f.bulk()
	if len(o.frames) >= maxOutgoing || o.bulk > maxBulk {
		o.closed = true
		return false
	}
	o.frames = append(o.frames, f)
	o.ring()
	return true
}

// close lets run close the pipe after what is queued.
func (o *outlet) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.ring()
}

func (o *outlet) ring() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// run writes frames until the outlet is closed, the process is dead, or the pipe broken.
func (o *outlet) run(w io.WriteCloser, dead <-chan struct{}) {
	defer o.end(w)
	var buf []byte
	for {
		select {
		case <-o.wake:
		case <-dead:
			return
		}
		o.mu.Lock()
		batch, closed := o.frames, o.closed
		o.frames, o.bulk = nil, 0
		o.mu.Unlock()
		buf = buf[:0]
		for _, f := range batch {
			buf = f.encode(buf)
		}
		if _, err := w.Write(buf); err != nil || closed {
			return
		}
		if cap(buf) > keptBody {
			buf = nil
		}
	}
}

func (o *outlet) end(w io.Closer) {
	o.mu.Lock()
	o.closed, o.frames = true, nil
	o.mu.Unlock()
	w.Close()
}

// encode appends the frame to b; with an empty body, which the child understands, if it
// cannot be encoded: the books must balance.
func (f outgoing) encode(b []byte) []byte {
	out, err := appendFrame(b, f.kind, f.id, f.body, maxFromDaemon)
	if err != nil {
		out, _ = appendFrame(b, f.kind, f.id, nil, maxFromDaemon)
	}
	return out
}
