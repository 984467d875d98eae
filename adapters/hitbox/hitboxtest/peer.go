package hitboxtest

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// role is a rank in a channel.
type role int

const (
	guest role = iota
	anon
	moderator
	admin
	owner
)

// wire is the role's name; the owner is one of the admins.
func (r role) wire() string {
	return [...]string{"guest", "anon", "user", "admin", "admin"}[r]
}

// guestName is that of everybody who is not logged in.
const guestName = "UnknownSoldier"

// Peer is one client: at the other end of a connection, or played by the test.
type Peer struct {
	srv    *Server
	played bool
	send   func(envelope []byte) // must not block or call the server
	cut    func()                // ends the connection after what was sent

	channel *channel // nil until joined
	name    string   // as the client writes it
	role    role
	bucket  float64 // what may still be said, as of filled
	filled  time.Time
}

// Open adds a client whose envelopes go to send; cut is called when the server ends the
// connection.
func (s *Server) Open(send func(envelope []byte), cut func()) *Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Peer{srv: s, send: send, cut: cut}
	s.peers = append(s.peers, p)
	return p
}

// Close is the end of the connection.
func (p *Peer) Close() {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	p.leave()
}

// leave wants the lock, as everything below.
func (p *Peer) leave() {
	i := slices.Index(p.srv.peers, p)
	if i < 0 {
		return
	}
	p.srv.peers = slices.Delete(p.srv.peers, i, i+1)
	if p.channel != nil && p.role >= admin {
		p.channel.tell(anon, "userList", p.channel.userList())
	}
}

func (p *Peer) account() string { return strings.ToLower(p.name) }

func (p *Peer) tell(method string, params any) {
	p.send(encode(m{"method": method, "params": params}))
}

// Handle takes one envelope from the client.
func (p *Peer) Handle(envelope []byte) {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	var e struct {
		Method string
		Params m
	}
	if json.Unmarshal(envelope, &e) != nil || !slices.Contains(p.srv.peers, p) {
		return
	}
	p.record(e.Method, e.Params)
	c, ok := methods[e.Method]
	if !ok || p.role < c.least {
		return
	}
	if p.channel == nil && !c.early {
		return
	}
	if channel, ok := e.Params["channel"].(string); ok && p.channel != nil && channel != p.channel.name {
		return
	}
	c.run(p, e.Params)
}

func (p *Peer) record(method string, params m) {
	if p.played {
		return
	}
	r := Request{Method: method, Params: params}
	if p.channel != nil {
		r.Name, r.Channel = p.name, p.channel.name
	}
	if p.srv.opts.Watch != nil {
		p.srv.opts.Watch(r)
		return
	}
	p.srv.requests = append(p.srv.requests, r)
}

// User is a client the test plays: no limit on how often it speaks holds for it, and it is
// not among the requests.
type User struct {
	*Peer
	frames []Frame // under the server's lock
	hear   func(Frame)
}

// Frame is an envelope as a user got it.
type Frame struct {
	Method string
	Params map[string]any
}

// Join brings a user of the test into a channel.
func (s *Server) Join(channel, name string) *User { return s.Attend(channel, name, nil) }

// Guest brings somebody in who is not logged in.
func (s *Server) Guest(channel string) *User {
	u := s.open(nil)
	u.Send("joinChannel", m{"channel": channel, "name": guestName, "token": nil, "isAdmin": false})
	return u
}

// Attend is Join with a function that hears the frames. It must not call the server.
func (s *Server) Attend(channel, name string, hear func(Frame)) *User {
	u := s.open(hear)
	u.Send("joinChannel", m{"channel": channel, "name": name, "token": Token(name), "isAdmin": false})
	return u
}

func (s *Server) open(hear func(Frame)) *User {
	u := &User{hear: hear}
	u.Peer = s.Open(u.take, func() {})
	u.played = true
	return u
}

func (u *User) take(b []byte) {
	var f Frame
	switch err := json.Unmarshal(b, &f); {
	case err != nil: // no envelope of ours
	case u.hear != nil:
		u.hear(f)
	default:
		u.frames = append(u.frames, f)
	}
}

// Send is an envelope of the user's, without the channel, which it gets.
func (u *User) Send(method string, params map[string]any) {
	full := m{"channel": u.Channel()}
	for k, v := range params {
		full[k] = v
	}
	u.Handle(encode(m{"method": method, "params": full}))
}

// Channel is where the user is, "" before it joined.
func (u *User) Channel() string {
	u.srv.mu.Lock()
	defer u.srv.mu.Unlock()
	if u.channel == nil {
		return ""
	}
	return u.channel.name
}

// Name is the user's own.
func (u *User) Name() string { return u.name }

// Say puts a line into the channel.
func (u *User) Say(text string) {
	u.Send("chatMsg", m{"name": u.name, "text": text, "nameColor": "4B9188"})
}

// Whisper tells one user of the channel something.
func (u *User) Whisper(to, text string) {
	u.Send("directMsg", m{"from": u.name, "to": to, "text": text, "nameColor": "4B9188"})
}

// Leave ends the user's connection.
func (u *User) Leave() { u.Close() }

// Frames returns what the user was sent, in order, of one method if one is named.
func (u *User) Frames(method string) []Frame {
	u.srv.mu.Lock()
	defer u.srv.mu.Unlock()
	var out []Frame
	for _, f := range u.frames {
		if method == "" || f.Method == method {
			out = append(out, f)
		}
	}
	return out
}
