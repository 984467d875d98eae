package outbox

import (
	"slices"
	"time"

	"botd/engine"
)

// room is the queue of one room.
type room struct {
	id        engine.RoomID
	lanes     [engine.LaneCount]lane
	n         int // entries in all lanes
	bucket    Bucket
	notBefore time.Time // nothing leaves before
	held      bool      // the session is not in the room
	marking   bool      // its head is being marked
	shared    bool      // the session's bucket is the only one that counts here
}

func (q *room) ready(now time.Time) bool {
	return q.n > 0 && !q.held && !q.marking && !now.Before(q.notBefore)
}

// head is what leaves next.
func (q *room) head() *entry {
	for i := range q.lanes {
		if turns := q.lanes[i].turns; len(turns) > 0 {
			return turns[0].first
		}
	}
	return nil
}

// lane holds the entries of one urgency. Who sends much delays nobody who sends little:
// the scripts take turns at it, a message at a time.
type lane struct{ turns []*line } // of those who wait, next turn first

// line is what one script has in a lane, in the order of its calls.
type line struct {
	from        string
	first, last *entry
}

// of returns the place of a script's line, -1 if nothing of it waits. Few scripts send to
// one room at a time.
func (l *lane) of(from string) int {
	return slices.IndexFunc(l.turns, func(n *line) bool { return n.from == from })
}

func (l *lane) insert(e *entry) {
	i := l.of(e.From)
	if i < 0 {
		i = len(l.turns)
		l.turns = append(l.turns, &line{from: e.From})
	}
	l.turns[i].insert(e)
}

func (l *lane) remove(e *entry) {
	i := l.of(e.From)
	if l.turns[i].remove(e); l.turns[i].first == nil {
		l.turns = slices.Delete(l.turns, i, i+1)
	}
}

// turn ends a script's turn.
func (l *lane) turn(from string) {
	if i := l.of(from); i >= 0 && i < len(l.turns)-1 {
		n := l.turns[i]
		l.turns = append(slices.Delete(l.turns, i, i+1), n)
	}
}

// insert puts e where its number belongs: at the end, or near the front if it has
// been out already.
func (n *line) insert(e *entry) {
	after := n.last
	if after != nil && after.seq > e.seq {
		for after = n.first; after.seq < e.seq; after = after.next {
		}
		after = after.prev
	}
	e.prev = after
	if after == nil {
		e.next, n.first = n.first, e
	} else {
		e.next, after.next = after.next, e
	}
	if e.next == nil {
		n.last = e
	} else {
		e.next.prev = e
	}
}

func (n *line) remove(e *entry) {
	if e.prev == nil {
		n.first = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		n.last = e.prev
	} else {
		e.next.prev = e.prev
	}
	e.prev, e.next = nil, nil
}

// room finds or makes a room. Rooms at rest are forgotten now and then, so that a
// script which names ever new ones costs no memory.
func (o *Outbox) room(id engine.RoomID, now time.Time) *room {
	if q := o.rooms[id]; q != nil {
		return q
	}
	if len(o.rooms) >= o.sweepAt {
		for id, q := range o.rooms {
			if q.n == 0 && !q.held && !q.marking && !now.Before(q.notBefore) && q.bucket.Full(now) {
				delete(o.rooms, id)
			}
		}
		o.sweepAt = max(1024, 2*len(o.rooms))
	}
	q := &room{id: id}
	o.rooms[id] = q
	return q
}

// enqueue puts e into its lane, with an alarm at its deadline.
func (o *Outbox) enqueue(e *entry) {
	q := e.room
	q.lanes[e.Lane].insert(e)
	e.queued = true
	if q.n == 0 {
		o.ring = append(o.ring, q)
	}
	q.n++
	o.queued++
	o.stats.queued[e.Lane]++
	o.alarms.Set(&e.alarm, e.deadline)
}

// dequeue is the inverse of enqueue; it does nothing to an entry not in a lane.
func (o *Outbox) dequeue(e *entry) {
	if !e.queued {
		return
	}
	q := e.room
	q.lanes[e.Lane].remove(e)
	e.queued = false
	q.n--
	o.queued--
	o.stats.queued[e.Lane]--
	o.alarms.Drop(&e.alarm)
	if q.n == 0 {
		o.unring(q)
	}
}

func (o *Outbox) unring(q *room) {
	i := slices.Index(o.ring, q)
	o.ring = slices.Delete(o.ring, i, i+1)
}
