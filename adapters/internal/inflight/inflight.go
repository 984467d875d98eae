// Package inflight keeps what a connection has asked for until something on the wire
// proves it, for protocols whose answers do not name their request.
package inflight

import (
	"context"
	"slices"
	"sync"
	"time"

	"botd/adapters/internal/serial"
	"botd/engine"
)

// Requests are on the way, oldest first. T is what the adapter knows of one.
type Requests[T comparable] struct {
	loop    *serial.Loop
	within  time.Duration
	silence string
	give    func(T, engine.Receipt)
	turn    chan struct{} // held while one is written

	mu       sync.Mutex
	list     []*request[T]
	closed   bool
	expiring bool // a timer is set
}

type request[T comparable] struct {
	is    T
	since time.Time
	stop  func() bool // ends the watch over the caller's context
}

// New makes an empty list. A request that nothing has proved within that time, or until its
// caller gave up, is settled as unknown, and silence is what its error says. give settles a
// request: it is called once for each that [Requests.Take] did not return, without locks.
func New[T comparable](loop *serial.Loop, within time.Duration, silence string, give func(T, engine.Receipt)) *Requests[T] {
	return &Requests[T]{loop: loop, within: within, silence: silence, give: give, turn: make(chan struct{}, 1)}
}

// Send has write put a request on the wire, in the order of the calls. It joins the list
// before, so that no answer can be early. After an error it is not on the list, and was not
// settled; ctx is its caller's.
func (r *Requests[T]) Send(ctx context.Context, is T, write func() error) error {
	if err := r.enter(ctx); err != nil {
		return err
	}
	defer r.leave()
	if err := r.add(ctx, is); err != nil {
		return err
	}
	if err := write(); err != nil && r.drop(is) {
		return err
	}
	return nil // or it has been settled
}

// Post is [Requests.Send] for what nothing on the wire will prove.
func (r *Requests[T]) Post(ctx context.Context, write func() error) error {
	if err := r.enter(ctx); err != nil {
		return err
	}
	defer r.leave()
	if r.Closed() {
		return NotConnected()
	}
	return write()
}

// Try is [Requests.Send] for requests of the session's own. It never waits: if another is
// being written, or write fails, there are better times.
func (r *Requests[T]) Try(is T, write func() error) {
	select {
	case r.turn <- struct{}{}:
	default:
		return
	}
	defer r.leave()
	if r.add(context.Background(), is) == nil && write() != nil {
		r.drop(is)
	}
}

func (r *Requests[T]) enter(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &engine.Error{Code: engine.Timeout, Msg: "the server does not take what is sent", Err: ctx.Err()}
	}
}

func (r *Requests[T]) leave() { <-r.turn }

func (r *Requests[T]) add(ctx context.Context, is T) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return NotConnected()
	}
	q := &request[T]{is: is, since: time.Now()}
	r.list = append(r.list, q)
	if ctx.Done() != nil {
		q.stop = context.AfterFunc(ctx, func() {
			if r.drop(is) {
				r.give(is, r.unproven(ctx.Err()))
			}
		})
	}
	if !r.expiring {
		r.expiring = true
		r.loop.After(r.within, r.expire)
	}
	return nil
}

// drop takes a request off the list. It returns false if somebody else did.
func (r *Requests[T]) drop(is T) bool {
	_, ok := r.Take(func(other T) bool { return other == is })
	return ok
}

// Take removes and returns the oldest request that matches, which is the caller's to settle.
func (r *Requests[T]) Take(match func(T) bool) (is T, ok bool) {
	is, v := r.Sift(func(other T) Verdict {
		if match(other) {
			return Taken
		}
		return Other
	})
	return is, v == Taken
}

// Verdict is what [Requests.Sift] does with a request.
type Verdict uint8

// The verdicts.
const (
	Other   Verdict = iota // it is not this one
	Renewed                // it waits for more, as long as a new one
	Taken                  // it leaves the list, and is the caller's to settle
)

// Sift asks about one request after the other, oldest first, until one is not the Other. It
// returns that and its verdict. f holds up all others; it may change the request.
func (r *Requests[T]) Sift(f func(T) Verdict) (is T, v Verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, q := range r.list {
		switch v = f(q.is); v {
		case Renewed:
			q.since = time.Now()
			return q.is, v
		case Taken:
			r.list = slices.Delete(r.list, i, i+1)
			q.release()
			return q.is, v
		}
	}
	return is, Other
}

func (q *request[T]) release() {
	if q.stop != nil {
		q.stop()
	}
}

// expire gives up on what has waited too long.
func (r *Requests[T]) expire() {
	for _, q := range r.late() {
		q.release()
		r.give(q.is, r.unproven(nil))
	}
}

func (r *Requests[T]) late() (late []*request[T]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var next time.Time
	r.list = slices.DeleteFunc(r.list, func(q *request[T]) bool {
		ends := q.since.Add(r.within)
		if !ends.After(time.Now()) {
			late = append(late, q)
			return true
		}
		if next.IsZero() || ends.Before(next) {
			next = ends
		}
		return false
	})
	r.expiring = len(r.list) > 0
	if r.expiring {
		r.loop.After(time.Until(next), r.expire)
	}
	return late
}

// Close settles everything at the end of the connection. Nothing can be sent after it.
func (r *Requests[T]) Close() {
	r.mu.Lock()
	r.closed = true
	left := r.list
	r.list = nil
	r.mu.Unlock()
	for _, q := range left {
		q.release()
		r.give(q.is, engine.Receipt{Status: engine.Unknown, Err: engine.Errorf(engine.NotConnected, "the connection ended before the server confirmed it")})
	}
}

// Closed reports whether Close was called.
func (r *Requests[T]) Closed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

func (r *Requests[T]) unproven(cause error) engine.Receipt {
	return engine.Receipt{Status: engine.Unknown, Err: &engine.Error{Code: engine.Timeout, Msg: r.silence, Err: cause}}
}

// NotConnected is the error of what cannot be sent because there is no connection.
func NotConnected() *engine.Error {
	return engine.Errorf(engine.NotConnected, "not in the channel now")
}
