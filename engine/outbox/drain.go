package outbox

import (
	"math"
	"time"

	"botd/engine"
)

const (
	// putBudget is how many items one Put sends before a goroutine takes over: the
	// caller wants to go on with its own work.
	putBudget = 64
	// lostRaceHold is how long a room rests after the session said NotConnected while
	// the outbox took it to be online; by then somebody has called Online(false).
	lostRaceHold = time.Second
	// rateHold is the rest after RateLimited without a RetryAfter.
	rateHold = time.Second
)

// kick starts a drainer if there may be work and nobody does it.
func (o *Outbox) kick() {
	if !o.online || o.draining || o.closed || o.queued == 0 {
		return
	}
	o.takeBaton()
	go func() { // ends when nothing more can go; Close waits for it
		o.mu.Lock()
		o.drain(o.cfg.Clock.Now(), math.MaxInt)
	}()
}

// takeBaton is called with the lock held by who is about to drain.
func (o *Outbox) takeBaton() {
	o.draining = true
	o.drains++
}

// Still reports whether nothing is being sent or reported: what waits, waits for time to
// pass, for the session or for its proof. drains is how often that has changed so far.
func (o *Outbox) Still() (drains uint64, still bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.drains, !o.draining
}

// wake is the timer's function.
func (o *Outbox) wake() {
	o.mu.Lock()
	now := o.cfg.Clock.Now()
	if o.closed || o.stop == nil || now.Before(o.wakeAt) {
		o.mu.Unlock() // of a timer that was replaced while it fired
		return
	}
	o.stop = nil
	if o.draining {
		o.mu.Unlock() // the drainer looks at the alarms before it ends
		return
	}
	o.takeBaton()
	o.drain(now, math.MaxInt)
}

// drain sends what can go now. The caller has the lock and the baton; drain gives
// both back. After budget items it passes the baton to a goroutine.
func (o *Outbox) drain(now time.Time, budget int) {
	for ; o.busy(); now = o.cfg.Clock.Now() {
		o.expire(now)
		if len(o.settled) > 0 {
			o.reportSettled()
			continue
		}
		q := o.pick(now)
		if q == nil {
			break
		}
		if e := q.head(); e.Mark != nil && !e.marked {
			o.mark(q, e)
			continue
		}
		if budget--; budget < 0 {
			o.draining = false
			o.kick()
			o.mu.Unlock()
			return
		}
		// Caps may take a lock that the session holds while it reports a receipt to us.
		o.mu.Unlock()
		caps, err := o.caps(q.id)
		o.mu.Lock()
		if err != nil && q.n > 0 {
			o.abandon(q.head(), "", err)
		} else if p := o.take(q, caps, now); p != nil {
			o.send(p)
		}
	}
	o.draining = false
	o.free.Broadcast()
	o.rearm(now)
	o.mu.Unlock()
}

// mark has e marked before it is sent. The lock is held, and let go of meanwhile.
func (o *Outbox) mark(q *room, e *entry) {
	e.marked, q.marking = true, true
	o.mu.Unlock()
	e.Mark(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		q.marking = false
		o.kick()
	})
	o.mu.Lock()
}

// busy reports whether anything waits for its turn, for time to pass, or for being
// reported.
func (o *Outbox) busy() bool { return o.queued > 0 || o.alarms.Len() > 0 || len(o.settled) > 0 }

// pick returns the room whose turn it is.
func (o *Outbox) pick(now time.Time) *room {
	if o.closed || !o.online || now.Before(o.notBefore) {
		return nil
	}
	for _, q := range o.ring {
		if q.ready(now) {
			return q
		}
	}
	return nil
}

// take removes the next part of q that may go now, with its tokens. It returns nil
// if the part must wait, which q or o then remembers, or if there is none any more.
func (o *Outbox) take(q *room, caps engine.Capabilities, now time.Time) *part {
	e := q.head()
	if o.closed || !o.online || e == nil || !q.ready(now) {
		return nil
	}
	if !e.prepare(caps.Text, o.cfg.Split) {
		o.abandon(e, "", tooLong(e, caps.Text))
		return nil
	}
	p := e.todo[0]
	if q.id != "" { // what concerns no room costs no room anything
		cost := caps.Cost(caps.RoomRate, e.Action, p.text)
		if d := q.bucket.Wait(now, caps.RoomRate, cost, nil); d > 0 {
			q.notBefore = now.Add(d)
			return nil
		}
	}
	if d := o.draw(now, caps.Rate, caps.Cost(caps.Rate, e.Action, p.text)); d > 0 {
		o.notBefore = now.Add(d)
		return nil
	}
	if q.id != "" {
		q.bucket.Try(now, caps.RoomRate, caps.Cost(caps.RoomRate, e.Action, p.text))
	}
	q.shared = caps.Rate != (engine.Rate{}) && caps.RoomRate == (engine.Rate{})
	o.advance(e, now)
	return p
}

// advance takes the first part off e, and e out of the queue if that was the last.
// The script goes to the end of its lane, the room to the end of the ring.
func (o *Outbox) advance(e *entry, now time.Time) {
	e.todo = e.todo[1:]
	if !e.started {
		e.started, e.waited = true, now.Sub(e.put)
	}
	q := e.room
	if len(e.todo) == 0 {
		o.dequeue(e)
	} else {
		e.deadline = now.Add(e.DropAfter)
		o.alarms.Set(&e.alarm, e.deadline)
	}
	q.lanes[e.Lane].turn(e.From)
	if q.n > 0 && len(o.ring) > 1 {
		o.unring(q)
		o.ring = append(o.ring, q)
	}
}

// send calls Do without the lock.
func (o *Outbox) send(p *part) {
	p.inflight = true
	p.attempt++
	o.inflight++
	o.mu.Unlock()
	o.do(p)
	o.mu.Lock()
	switch {
	case !p.inflight:
	case o.closed:
		o.giveUp(p, o.closedError(nil))
	default:
		o.alarms.Set(&p.alarm, o.cfg.Clock.Now().Add(o.cfg.Proof))
	}
}
