package outbox

import (
	"cmp"
	"context"
	"time"

	"botd/engine"
)

// receive is the done function of one attempt to send p.
func (o *Outbox) receive(p *part, attempt int, r engine.Receipt) {
	e := p.e
	o.mu.Lock()
	if !p.inflight || p.attempt != attempt {
		o.mu.Unlock() // too late, or a second time
		return
	}
	o.land(p)
	if o.retry(p, r) || !o.settle(p, r) {
		o.mu.Unlock()
		return
	}
	o.mu.Unlock()
	o.report(e)
}

// land ends the flight of p.
func (o *Outbox) land(p *part) {
	p.inflight = false
	o.inflight--
	o.alarms.Drop(&p.alarm)
}

// giveUp settles a part that waits for its proof.
func (o *Outbox) giveUp(p *part, err *engine.Error) {
	o.land(p)
	if o.settle(p, engine.Receipt{Status: engine.Unknown, Err: err}) {
		o.settled = append(o.settled, p.e)
	}
}

// chances is how often a part goes out again after a failure. A limit that a network does
// not tell takes a few refusals to find out.
var chances = map[engine.Code]int{engine.NotConnected: 1, engine.RateLimited: 4}

// retry queues p once more, in its old place, if r says that nothing was written and
// that waiting a little helps.
func (o *Outbox) retry(p *part, r engine.Receipt) bool {
	code := engine.CodeOf(r.Error())
	if r.Status != engine.Failed || code != engine.NotConnected && code != engine.RateLimited {
		return false
	}
	e, now := p.e, o.cfg.Clock.Now()
	until := now.Add(lostRaceHold)
	if code == engine.RateLimited {
		until = now.Add(cmp.Or(r.Err.RetryAfter, rateHold))
	}
	e.room = o.room(e.room.id, now) // it may have been forgotten meanwhile
	if code == engine.RateLimited && e.room.shared {
		o.notBefore = later(o.notBefore, until)
	} else {
		e.room.notBefore = later(e.room.notBefore, until)
	}
	if o.closed || p.retries >= chances[code] || e.result.Status == engine.Failed || until.After(e.deadline) {
		return false
	}
	p.retries++
	e.again(p)
	if !e.queued {
		o.enqueue(e)
	}
	// Not sent from here: the session may hold its locks while it reports.
	if !o.draining {
		o.rearm(now)
	}
	return true
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// settle takes a final receipt; true means that it was the entry's last and the
// caller must see to the report. After a failure the parts not sent yet stay unsent.
func (o *Outbox) settle(p *part, r engine.Receipt) bool {
	e := p.e
	e.merge(r, p.index == 0)
	e.left--
	if r.Status == engine.Failed {
		e.left -= len(e.todo)
		e.todo = nil
		o.dequeue(e)
	}
	if e.left > 0 {
		return false
	}
	o.finish(e)
	return true
}

// abandon fails what was not sent of a queued entry.
func (o *Outbox) abandon(e *entry, cause string, err *engine.Error) {
	e.merge(engine.Fail(err), false)
	e.cause = cause
	e.left -= len(e.todo)
	e.todo = nil
	o.dequeue(e)
	if e.left == 0 {
		o.finish(e)
		o.settled = append(o.settled, e)
	}
}

// finish makes the entry's receipt final.
func (o *Outbox) finish(e *entry) {
	o.account(e, -1)
	o.seal(e)
}

func (o *Outbox) seal(e *entry) {
	if !e.started && !e.put.IsZero() {
		e.waited = o.cfg.Clock.Now().Sub(e.put)
	}
	e.result.Queued = e.waited
	o.stats.count(e)
	if e.result.At.IsZero() {
		e.result.At = o.cfg.Clock.Now().UTC().Round(0)
	}
}

// reject fails an entry that was never accepted.
func (o *Outbox) reject(e *entry, cause string, err *engine.Error) {
	e.result, e.cause = engine.Fail(err), cause
	o.seal(e)
}

// report calls Done, without the lock, and with that is through with the entry.
func (o *Outbox) report(e *entry) {
	if e.cause != "" {
		o.drops.add(e.cause)
	}
	o.done(e)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pending--; o.pending > 0 {
		return
	}
	o.disarm()
	if o.idle != nil {
		close(o.idle)
		o.idle = nil
	}
}

// reportSettled reports what the lock's holder settled; it lets go of the lock
// meanwhile.
func (o *Outbox) reportSettled() {
	settled := o.settled
	o.settled = nil
	o.mu.Unlock()
	for _, e := range settled {
		o.report(e)
	}
	o.mu.Lock()
}

// Idle reports whether everything has left and every receipt is in and reported.
func (o *Outbox) Idle() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pending == 0
}

// WaitIdle waits until Idle, or returns ctx.Err(). It must not be called from Done.
func (o *Outbox) WaitIdle(ctx context.Context) error {
	o.mu.Lock()
	if o.pending == 0 {
		o.mu.Unlock()
		return nil
	}
	if o.idle == nil {
		o.idle = make(chan struct{})
	}
	idle := o.idle
	o.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
