package hctv

import (
	"time"

	"botd/engine"
)

// maxSeen is how many messages are remembered: three times what the history has.
const maxSeen = 300

// line is a message that was seen.
type line struct {
	id     engine.MessageID
	author engine.User
	text   string
	link   *link // the connection on which; nil for those before
}

// seen holds the latest messages, so that none is told twice.
type seen struct {
	byID map[engine.MessageID]line
	ring []engine.MessageID // oldest first from next on, once full
	next int
	last time.Time // when the latest came live
}

func newSeen() seen { return seen{byID: map[engine.MessageID]line{}} }

func (s *seen) has(id engine.MessageID) bool {
	_, ok := s.byID[id]
	return ok
}

func (s *seen) add(l line) {
	if l.id == "" || s.has(l.id) {
		return
	}
	s.byID[l.id] = l
	if len(s.ring) < maxSeen {
		s.ring = append(s.ring, l.id)
		return
	}
	delete(s.byID, s.ring[s.next])
	s.ring[s.next] = l.id
	s.next = (s.next + 1) % maxSeen
}

// earlier says whether one of these messages was seen before a connection was made, perhaps in
// an earlier run.
func (s *seen) earlier(list []inbound, l *link) bool {
	for i := range list {
		known, ok := s.byID[list[i].MsgID]
		if ok && known.link != l {
			return true
		}
		if before := l.s.env.Delivered; !ok && before != nil && before(l.s.room, string(list[i].MsgID)) {
			return true
		}
	}
	return false
}
