package dispatch

import (
	"cmp"
	"sync"
	"sync/atomic"

	"botd/engine"
)

// Question says whose next message in which room is an answer.
type Question struct {
	Session engine.SessionID
	Room    engine.RoomID
	User    engine.UserRef
	Private bool // the answer comes in private
}

// Questions are those that are open, over all scripts: one for each user and room, and
// one in private. The zero value is ready; its methods may be called from any goroutine.
type Questions struct {
	count atomic.Int32
	mu    sync.Mutex
	open  map[Question]*asked
}

type asked struct{ answer func(*engine.Event) }

// seat is the question by what identifies the user.
func (q Question) seat() Question {
	q.User = engine.UserRef{ID: engine.UserID(cmp.Or(string(q.User.ID), "name:"+q.User.Name))}
	return q
}

// Len is how many are open.
func (s *Questions) Len() int { return int(s.count.Load()) }

// Open has the messages of a user go to answer, and to nobody else, until end is called.
// answer must not block. If there is an open question already the error has code
// Conflict. To end one twice does no harm.
func (s *Questions) Open(q Question, answer func(*engine.Event)) (end func(), err error) {
	if q.User == (engine.UserRef{}) {
		return nil, engine.Errorf(engine.Invalid, "nobody is asked")
	}
	seat, mine := q.seat(), &asked{answer}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[seat] != nil {
		return nil, engine.Errorf(engine.Conflict, "%s has another question to answer", cmp.Or(q.User.Name, string(q.User.ID)))
	}
	if s.open == nil {
		s.open = map[Question]*asked{}
	}
	s.open[seat] = mine
	s.count.Add(1)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.open[seat] == mine {
			delete(s.open, seat)
			s.count.Add(-1)
		}
	}, nil
}

// Take gives a message to the question it answers, and reports whether there is one. A
// command that somebody answers is none: isCommand is asked for that.
func (s *Questions) Take(p *Prepared, isCommand func(*Prepared) bool) bool {
	if s.count.Load() == 0 {
		return false
	}
	ev := p.Event
	m, ok := ev.Body.(engine.Message)
	if !ok || ev.Self || ev.History {
		return false
	}
	seat := Question{ev.Session, ev.Room.ID, ev.User.Ref(), m.Private}.seat()
	s.mu.Lock()
	q := s.open[seat]
	s.mu.Unlock()
	if q == nil || p.Command != "" && isCommand(p) {
		return false
	}
	q.answer(ev)
	return true
}
