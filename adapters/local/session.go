package local

import (
	"context"
	"slices"
	"sync/atomic"

	"botd/engine"
)

// session is a bot's connection to a hub.
type session struct {
	hub *Hub
	env engine.Env
	set Settings

	client atomic.Pointer[client] // nil unless Run is running
}

var _ engine.Session = (*session)(nil)

func newSession(hub *Hub, set Settings, env engine.Env) (*session, error) {
	if err := checkName(set.Nick); err != nil {
		return nil, &engine.Error{Code: engine.Invalid, Op: "setting nick", Err: err}
	}
	if set.Role > engine.Owner {
		return nil, engine.Errorf(engine.Invalid, "setting role: there is no role %d", set.Role)
	}
	return &session{hub: hub, env: env, set: set}, nil
}

// Run needs no goroutine: whoever acts on the hub delivers what is to be emitted.
func (s *session) Run(ctx context.Context, emit func(engine.Event)) error {
	lost := make(chan error, 1)
	c := &client{
		user: engine.User{Name: s.set.Nick, Account: s.set.Nick, Role: s.set.Role, IsBot: true},
		hear: emit,
		cut: func(err error) {
			select {
			case lost <- err:
			default: // one reason is enough
			}
		},
	}
	defer c.silence()
	defer s.close(c)
	if err := s.open(c); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-lost:
		return err
	}
}

func (s *session) open(c *client) error {
	at := s.hub.now()
	s.hub.mu.Lock()
	defer s.hub.unlock()
	for _, id := range s.env.Rooms {
		if err := s.hub.room(id).enter(c, at); err != nil {
			return err
		}
	}
	if len(s.env.Rooms) == 0 {
		s.hub.send(c, engine.Event{At: at, Body: engine.Connected{Me: c.user}})
	}
	s.hub.sessions[c] = true
	if !s.client.CompareAndSwap(nil, c) {
		return engine.Errorf(engine.Conflict, "the session runs already")
	}
	return nil
}

// close leaves all rooms, also after an open that failed half way.
func (s *session) close(c *client) {
	at := s.hub.now()
	s.hub.mu.Lock()
	defer s.hub.unlock()
	s.client.CompareAndSwap(c, nil)
	delete(s.hub.sessions, c)
	for _, m := range slices.Clone(c.in) {
		m.room.leave(m, "connection closed", at)
	}
	c.gone = true
}

func (s *session) Do(ctx context.Context, a engine.Action, done func(engine.Receipt)) {
	if err := ctx.Err(); err != nil {
		done(engine.Fail(engine.Errorf(engine.Cancelled, "not sent: %w", err)))
		return
	}
	c := s.client.Load()
	if c == nil {
		done(engine.Fail(engine.Errorf(engine.NotConnected, "the session is not online")))
		return
	}
	done(s.hub.do(c, a))
}

// Caps follows the bot's role in the room. Where it is not, its settings count.
func (s *session) Caps(room engine.RoomID) engine.Capabilities {
	c := s.client.Load()
	if c == nil {
		return capabilities(byRole[s.set.Role])
	}
	at := s.hub.now()
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if m := c.member(room); m != nil {
		return capabilities(m.can(at))
	}
	return capabilities(byRole[s.set.Role])
}
