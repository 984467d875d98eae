package warden

import "botd/engine"

// heard knows the latest messages by their IDs: networks tell some of them twice, and an
// offence is one all the same. The zero value is empty.
type heard struct{ now, before map[message]bool }

// message names one; the beginning of its text is for networks that use an ID again.
type message struct {
	session engine.SessionID
	room    engine.RoomID
	id      engine.MessageID
	text    string
}

// maxHeard is how many messages one half of the memory holds.
const maxHeard = 2000

// again notes a message, and reports whether it was heard before.
func (h *heard) again(ev *engine.Event, id engine.MessageID, text string) bool {
	if id == "" {
		return false
	}
	m := message{ev.Session, ev.Room.ID, id, text[:min(len(text), 64)]}
	if h.now[m] || h.before[m] {
		return true
	}
	if h.now == nil || len(h.now) >= maxHeard {
		h.now, h.before = map[message]bool{}, h.now
	}
	h.now[m] = true
	return false
}
