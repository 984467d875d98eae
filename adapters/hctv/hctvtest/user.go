package hctvtest

import (
	"encoding/json"
	"net/http"
	"slices"
)

// User is somebody in a channel whom the test plays. The limits do not apply to them.
type User struct {
	*Peer
	frames []m
	hear   func(m)
}

// Join brings a user into a channel; one that is not known gets an account.
func (s *Server) Join(channel, name string) *User { return s.join(channel, name, nil) }

// Attend is Join for a user who hears each frame and keeps none. hear must not call the
// server. ok is false if there is no such channel.
func (s *Server) Attend(channel, name string, hear func(map[string]any)) (u *User, ok bool) {
	s.mu.Lock()
	_, ok = s.channels[channel]
	s.mu.Unlock()
	if !ok {
		return nil, false
	}
	return s.join(channel, name, hear), true
}

func (s *Server) join(channel, name string, hear func(m)) *User {
	s.mu.Lock()
	if s.cookies[Cookie(name)] == nil {
		s.addUser(name)
	}
	s.mu.Unlock()
	u := &User{hear: hear}
	p, ok := s.Open("/ws/"+channel, http.Header{"Cookie": {"auth_session=" + Cookie(name)}}, u.take, func(int) {})
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok || p.gone {
		panic("hctvtest: " + name + " cannot enter " + channel)
	}
	p.played, p.free = true, true
	s.opened--
	u.Peer = p
	return u
}

// take is called by the server with its lock held.
func (u *User) take(b []byte) {
	var f m
	switch err := json.Unmarshal(b, &f); {
	case err != nil: // not a frame of ours
	case u.hear != nil:
		u.hear(f)
	default:
		u.frames = append(u.frames, f)
	}
}

// Send is a frame of the user's. Numbers must be float64, as from JSON.
func (u *User) Send(f map[string]any) { u.Handle(encode(f)) }

// Say puts a line into the channel.
func (u *User) Say(text string) { u.Send(m{"type": "message", "message": text}) }

// Leave ends the user's connection. Nobody is told.
func (u *User) Leave() { u.Close() }

// ID is what the server calls the user.
func (u *User) ID() string { return u.acct.id }

// Name is the user's name.
func (u *User) Name() string { return u.acct.name }

// Frames returns what the user was sent, in order.
func (u *User) Frames() []map[string]any {
	u.srv.mu.Lock()
	defer u.srv.mu.Unlock()
	return slices.Clone(u.frames)
}
