package hctv

import (
	"context"
	"time"

	"botd/engine"
)

const (
	// proofTime is how long a request on the way may be without an answer; the server
	// answers at once, or never.
	proofTime = 10 * time.Second
	// turnTime is how long a request may wait for those before it.
	turnTime = 90 * time.Second
)

// laneID is a kind of request of which one is on the way at a time, because nothing in
// an answer or error tells which request it is about.
type laneID uint8

const (
	laneSay laneID = iota
	laneMod
	laneEmoji
	laneSearch
	lanePing
	laneCount
)

// lane is a queue; the session's mu guards it.
type lane struct {
	current *request // on the way
	waiting []*request
}

// request is something asked for, from Do to its receipt.
type request struct {
	op    string
	lane  laneID
	frame []byte
	// proves says whether a frame is the answer, and if so what the receipt holds.
	proves func(l *link, f *inbound) (engine.Receipt, bool)
	text   string // of a message, as it will come back
	target engine.UserID
	raw    bool                 // the receipt holds the frame that answers, as it came
	done   func(engine.Receipt) // nil once it was called
	stop   func() bool          // ends the watch over the caller's context
	since  time.Time
	expiry func() // stops the timer over the proof
}

// settle gives the receipt, unless there was one. It must be called without locks that
// Do needs.
func (s *session) settle(r *request, rc engine.Receipt) {
	s.mu.Lock()
	done, stop := r.done, r.stop
	r.done = nil
	s.mu.Unlock()
	if done == nil {
		return
	}
	if stop != nil {
		stop()
	}
	if rc.At.IsZero() {
		rc.At = time.Now().UTC().Round(0)
	}
	if rc.Err != nil && rc.Err.Op == "" {
		e := *rc.Err
		e.Op = r.op
		rc.Err = &e
	}
	done(rc)
}

// put takes a request in and sends it if it is its turn. mu is held on entry and not on
// return.
func (l *link) put(ctx context.Context, r *request) {
	r.since = time.Now()
	if ctx.Done() != nil {
		r.stop = context.AfterFunc(ctx, func() { l.s.settle(r, l.cancelled(r, ctx.Err())) })
	}
	q := &l.lanes[r.lane]
	q.waiting = append(q.waiting, r)
	l.advance(r.lane)
	l.s.mu.Unlock()
}

// cancelled is the receipt of a request whose caller gave up. What is on the way stays
// there: the lane is not free before its answer came.
func (l *link) cancelled(r *request, cause error) engine.Receipt {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.lanes[r.lane].current == r {
		return unproven(cause)
	}
	return engine.Fail(&engine.Error{Code: engine.Cancelled, Msg: "given up before it was sent", Err: cause})
}

// advance sends what is next in a lane; it wants mu held. The queue of the connection is
// never full of the few requests there can be, so writing does not wait.
func (l *link) advance(id laneID) {
	q := &l.lanes[id]
	for q.current == nil && len(q.waiting) > 0 && !l.closed {
		r := q.waiting[0]
		q.waiting = q.waiting[1:]
		if r.done == nil {
			continue
		}
		q.current = r
		if id == laneSay {
			l.s.memory.attempted(time.Now())
		}
		r.expiry = l.loop.After(proofTime, func() { l.expire(r) })
		// An error shows in the next read, and the end of the connection settles r.
		l.conn.Write(context.Background(), r.frame)
	}
}

// expire gives up on a request that was answered with silence, and on those that would
// be too late when their turn comes.
func (l *link) expire(r *request) {
	if l.free(r) {
		l.s.settle(r, unproven(nil))
	}
	l.s.mu.Lock()
	q := &l.lanes[r.lane]
	var late []*request
	for len(q.waiting) > 0 && time.Since(q.waiting[0].since) > turnTime {
		late, q.waiting = append(late, q.waiting[0]), q.waiting[1:]
	}
	l.advance(r.lane)
	l.s.mu.Unlock()
	for _, r := range late {
		l.s.settle(r, engine.Fail(engine.Errorf(engine.Timeout, "it was not its turn within %v", turnTime)))
	}
}

// free takes a request off the way; false if it was not there any more.
func (l *link) free(r *request) bool {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.lanes[r.lane].current != r {
		return false
	}
	l.lanes[r.lane].current = nil
	r.expiry()
	return true
}

// current is what is on the way in a lane.
func (l *link) current(id laneID) *request {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.lanes[id].current
}

// finish settles what is on the way in a lane and sends the next.
func (l *link) finish(r *request, rc engine.Receipt) {
	if !l.free(r) {
		return
	}
	l.s.settle(r, rc)
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	l.advance(r.lane)
}

// holdBack fails what waits in the lane of messages: it would only be refused, too.
func (l *link) holdBack(e *engine.Error) {
	l.s.mu.Lock()
	waiting := l.lanes[laneSay].waiting
	l.lanes[laneSay].waiting = nil
	l.s.mu.Unlock()
	for _, r := range waiting {
		l.s.settle(r, engine.Fail(e))
	}
}

// abandon settles everything at the end of the connection.
func (l *link) abandon() {
	l.s.mu.Lock()
	l.closed = true
	var sent, unsent []*request
	for i := range l.lanes {
		if r := l.lanes[i].current; r != nil {
			r.expiry()
			sent = append(sent, r)
		}
		unsent = append(unsent, l.lanes[i].waiting...)
		l.lanes[i] = lane{}
	}
	l.s.mu.Unlock()
	for _, r := range sent {
		l.s.settle(r, engine.Receipt{Status: engine.Unknown, Err: engine.Errorf(engine.NotConnected, "the connection ended before the server confirmed it")})
	}
	for _, r := range unsent {
		l.s.settle(r, engine.Fail(notConnected()))
	}
}

func unproven(cause error) engine.Receipt {
	return engine.Receipt{Status: engine.Unknown, Err: &engine.Error{Code: engine.Timeout, Msg: "the server did not answer", Err: cause}}
}

func notConnected() *engine.Error {
	return engine.Errorf(engine.NotConnected, "not in the channel now")
}
