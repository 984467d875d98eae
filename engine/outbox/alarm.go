package outbox

import (
	"time"

	"botd/engine"
	"botd/engine/soonest"
)

// alarm is for the moment at which an entry has waited too long to be sent, or a part too
// long for its proof.
type alarm = soonest.Item[late]

// late is what an alarm is for: one of the two is set.
type late struct {
	entry *entry
	part  *part
}

// expire settles everything whose alarm has come.
func (o *Outbox) expire(now time.Time) {
	for next := o.alarms.First(); next != nil && !now.Before(next.At); next = o.alarms.First() {
		switch a := next.Value; {
		case a.part != nil:
			o.giveUp(a.part, engine.Errorf(engine.Timeout, "no proof of delivery after %v", o.cfg.Proof))
		case !o.online || a.entry.room.held:
			o.abandon(a.entry, dropOffline, engine.Errorf(engine.NotConnected, "session %q was offline for %v", o.cfg.Session, a.entry.DropAfter))
		default:
			o.abandon(a.entry, dropLate, engine.Errorf(engine.Timeout, "it was not its turn within %v", a.entry.DropAfter))
		}
	}
}

// rearm sets the timer to the next moment at which something can happen by itself.
func (o *Outbox) rearm(now time.Time) {
	switch {
	case o.closed:
		return
	case !o.busy():
		o.disarm()
		return
	}
	var at time.Time
	sooner := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	if next := o.alarms.First(); next != nil {
		sooner(next.At)
	}
	if o.online && o.queued > 0 {
		if now.Before(o.notBefore) {
			sooner(o.notBefore)
		} else {
			for _, q := range o.ring {
				if !q.held && !q.marking {
					sooner(q.notBefore)
				}
			}
		}
	}
	o.arm(now, at)
}

// arm makes sure that wake is called at the latest at the given time.
func (o *Outbox) arm(now, at time.Time) {
	if o.stop != nil {
		if !at.Before(o.wakeAt) {
			return
		}
		o.stop()
	}
	o.wakeAt = at
	o.stop = o.cfg.Clock.AfterFunc(max(0, at.Sub(now)), o.wake)
}

func (o *Outbox) disarm() {
	if o.stop != nil {
		o.stop()
		o.stop = nil
	}
}
