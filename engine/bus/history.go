package bus

import (
	"container/list"

	"botd/engine"
)

// history remembers the latest messages of each room. It is apart from the ring
// of all events because a busy room would push out what a quiet one said.
type history struct {
	perRoom  int
	max      int // messages over all rooms
	maxBytes int
	total    int
	bytes    int
	rooms    map[roomKey]*list.Element // of *roomHistory
	order    list.List                 // the room that spoke last is in front
}

// roomKey is a room's path without the cost of joining it.
type roomKey struct {
	session engine.SessionID
	room    engine.RoomID
}

type roomHistory struct {
	key roomKey
	ring
}

func newHistory(perRoom, max, maxBytes int) history {
	return history{perRoom: min(perRoom, max), max: max, maxBytes: maxBytes, rooms: make(map[roomKey]*list.Element)}
}

// add remembers the event if it is a message in a room.
func (h *history) add(ev *engine.Event, bytes int) {
	if _, ok := ev.Body.(engine.Message); !ok || ev.Room.ID == "" {
		return
	}
	key := roomKey{ev.Session, ev.Room.ID}
	e := h.rooms[key]
	if e == nil {
		e = h.order.PushFront(&roomHistory{key: key, ring: ring{max: h.perRoom}})
		h.rooms[key] = e
	} else {
		h.order.MoveToFront(e)
	}
	r := e.Value.(*roomHistory)
	h.count(r, -1)
	r.add(ev, bytes)
	h.count(r, +1)
	for h.total > h.max || h.bytes > h.maxBytes && h.total > 1 {
		h.forgetOne()
	}
}

// forgetOne forgets the oldest message of the room that was silent longest.
func (h *history) forgetOne() {
	e := h.order.Back()
	r := e.Value.(*roomHistory)
	h.count(r, -1)
	r.pop()
	h.count(r, +1)
	if r.n == 0 {
		h.order.Remove(e)
		delete(h.rooms, r.key)
	}
}

// count adds what a room holds to the sums, or with -1 takes it off.
func (h *history) count(r *roomHistory, sign int) {
	h.total += sign * r.n
	h.bytes += sign * r.bytes
}

func (h *history) recent(room engine.RoomPath, n int) []*engine.Event {
	session, id, _ := room.Split()
	e := h.rooms[roomKey{session, id}]
	if e == nil {
		return nil
	}
	return e.Value.(*roomHistory).last(n)
}
