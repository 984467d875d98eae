package hackmud

import (
	"context"
	"slices"
	"sync"
	"time"

	"botd/engine"
)

// maxWaiting is how many actions one user may have waiting here. The outbox paces, so there
// are more only if several sessions speak as one user.
const maxWaiting = 200

// job is one action on its way.
type job struct {
	ctx  context.Context
	done func(engine.Receipt)
	once sync.Once
	// do carries it out, on the lane's goroutine. It may leave the receipt to the poller.
	do func(ctx context.Context, j *job)

	mu      sync.Mutex
	stop    func() bool
	written bool // the server may have it
}

func (j *job) settle(r engine.Receipt) {
	j.once.Do(func() {
		j.mu.Lock()
		stop := j.stop
		j.mu.Unlock()
		if stop != nil {
			stop()
		}
		r.At = time.Now().UTC().Round(0)
		j.done(r)
	})
}

func (j *job) fail(err error) { j.settle(engine.Fail(err)) }

// giveUp answers a job whose time is over: it failed if it was never sent.
func (j *job) giveUp(err *engine.Error) {
	j.mu.Lock()
	written := j.written
	j.mu.Unlock()
	if !written {
		j.fail(err)
		return
	}
	j.settle(engine.Receipt{Status: engine.Unknown, Err: err})
}

func (j *job) setWritten(is bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.written = is
}

func notConnected() *engine.Error {
	return engine.Errorf(engine.NotConnected, "not connected to hackmud")
}

func noProof(cause error) *engine.Error {
	return &engine.Error{Code: engine.Timeout, Msg: "no proof in time", Err: cause}
}

// lane carries out one user's jobs in their order, or the calls that only read.
type lane struct {
	jobs  []*job
	ready chan struct{} // capacity 1
}

// put queues a job. Its time is over when ctx ends, and when the link does.
func (l *link) put(ctx context.Context, name string, j *job) {
	j.ctx = ctx
	stop := context.AfterFunc(ctx, func() { j.giveUp(noProof(ctx.Err())) })
	j.mu.Lock()
	j.stop = stop
	j.mu.Unlock()
	ln, err := l.enqueue(name, j)
	if err != nil {
		j.fail(err)
		return
	}
	select {
	case ln.ready <- struct{}{}:
	default:
	}
}

func (l *link) enqueue(name string, j *job) (*lane, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ln := l.lanes[name]
	switch {
	case l.closed:
		return nil, notConnected()
	case ln == nil:
		ln = &lane{ready: make(chan struct{}, 1)}
		l.lanes[name] = ln
		l.sending.Go(func() { l.run(ln) })
	case len(ln.jobs) >= maxWaiting:
		return nil, &engine.Error{Code: engine.RateLimited, Msg: "too many messages of this user wait already", RetryAfter: sendWindow}
	}
	ln.jobs = append(ln.jobs, j)
	return ln, nil
}

// run is a lane's goroutine.
func (l *link) run(ln *lane) {
	for {
		select {
		case <-ln.ready:
		case <-l.life.Done():
			return
		}
		for j := l.next(ln); j != nil; j = l.next(ln) {
			l.carryOut(j)
		}
	}
}

func (l *link) next(ln *lane) *job {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(ln.jobs) == 0 || l.closed {
		return nil
	}
	j := ln.jobs[0]
	ln.jobs = slices.Delete(ln.jobs, 0, 1)
	return j
}

// carryOut runs a job with a context that ends with its own and with the link.
func (l *link) carryOut(j *job) {
	ctx, cancel := context.WithCancel(l.life)
	defer cancel()
	defer context.AfterFunc(j.ctx, cancel)()
	if ctx.Err() != nil || j.ctx.Err() != nil {
		j.giveUp(notConnected())
		return
	}
	j.do(ctx, j)
}

// end ends what was queued, and what is under way with it.
func (l *link) end() {
	l.mu.Lock()
	l.closed = true
	var left []*job
	for _, ln := range l.lanes {
		left = append(left, ln.jobs...)
		ln.jobs = nil
	}
	l.mu.Unlock()
	l.cancel()
	for _, j := range left {
		j.fail(notConnected())
	}
	l.sending.Wait()
	l.mu.Lock()
	awaited := l.awaited
	l.awaited = nil
	l.mu.Unlock()
	for _, a := range awaited {
		a.end()
	}
}
