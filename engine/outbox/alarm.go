package outbox

import (
	"container/heap"
	"time"

	"botd/engine"
)

// alarm is a moment at which an entry has waited too long to be sent, or a part too
// long for its proof; one of the two is set.
type alarm struct {
	at    time.Time
	index int // in the heap, -1 outside
	entry *entry
	part  *part
}

// alarms is a heap, the earliest first.
type alarms []*alarm

func (h alarms) Len() int           { return len(h) }
func (h alarms) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h alarms) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push and Pop are for container/heap only.
func (h *alarms) Push(x any) {
	a := x.(*alarm)
	a.index = len(*h)
	*h = append(*h, a)
}

func (h *alarms) Pop() any {
	old := *h
	a := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	a.index = -1
	return a
}

func (h *alarms) set(a *alarm, at time.Time) {
	a.at = at
	if a.index >= 0 {
		heap.Fix(h, a.index)
		return
	}
	heap.Push(h, a)
}

func (h *alarms) drop(a *alarm) {
	if a.index >= 0 {
		heap.Remove(h, a.index)
	}
}

// expire settles everything whose alarm has come.
func (o *Outbox) expire(now time.Time) {
	for len(o.alarms) > 0 && !now.Before(o.alarms[0].at) {
		switch a := o.alarms[0]; {
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
	if len(o.alarms) > 0 {
		sooner(o.alarms[0].at)
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
