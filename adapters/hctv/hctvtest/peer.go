package hctvtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	// maxFrame is the longest message the server takes; beyond it the connection ends.
	maxFrame = 100 << 20
	// closeSilent is a close frame without a code, closeTooBig the one for maxFrame.
	closeSilent = 1005
	closeTooBig = 1009
)

// Peer is one client of a [Server]: at the other end of a connection, or played by the
// test.
type Peer struct {
	srv    *Server
	played bool
	free   bool           // of rate limit and slow mode
	send   func([]byte)   // gets each frame; must not block or call the server
	cutoff func(code int) // ends the connection with a close code

	ch       *channel
	acct     *account // nil: a grant, or not logged in
	role     string   // when it connected, as canModerate
	moderate bool
	ready    bool // logged in
	gone     bool
}

// Open adds a client that asks for a path, query included, with these headers. Its
// frames go to send; cut is called when the server ends the connection. ok is false if
// there is nothing at that path.
func (s *Server) Open(target string, header http.Header, send func([]byte), cut func(code int)) (p *Peer, ok bool) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, false
	}
	name, ok := place(u.Path)
	if !ok {
		return nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p = &Peer{srv: s, send: send, cutoff: cut}
	s.peers = append(s.peers, p)
	s.opened++
	who, grant, known := s.authenticate(header, query(u.RawQuery))
	if !known {
		p.cut(closeSilent)
		return p, true
	}
	g := s.greeting
	s.after(g.Session, func() {
		p.enter(who, grant, s.channels[name])
		s.after(g.Access-g.Session, func() {
			p.tellAccess()
			s.after(g.History-max(g.Access, g.Session), p.tellHistory)
		})
	})
	return p, true
}

// authenticate finds out who a client is. known is false if it shows nothing that would
// have to be looked up.
func (s *Server) authenticate(h http.Header, q url.Values) (who *account, grant *channel, known bool) {
	key, inHeader := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
	if !inHeader {
		key = q.Get("botAuth")
	}
	if strings.HasPrefix(key, "hctvb_") {
		who, known = s.keys[key], true
	}
	if who == nil {
		if c, err := (&http.Request{Header: h}).Cookie("auth_session"); err == nil {
			who, known = s.cookies[c.Value], true
		}
	}
	if g := q.Get("grant"); g != "" && g != "null" {
		grant, known = s.grants[g], true
	}
	return who, grant, known
}

// enter logs the client in, or ends the connection without a word.
func (p *Peer) enter(who *account, grant, c *channel) {
	elsewhere := grant != nil && grant != c
	nobody := who == nil && grant == nil
	if p.gone || c == nil || elsewhere || nobody || who != nil && who.homeless {
		p.cut(closeSilent)
		return
	}
	p.ch, p.acct, p.ready = c, who, true
	var viewer any
	if who != nil {
		p.role = c.roles[who.id]
		p.moderate = c.mayModerate(who)
		viewer = m{"id": who.id, "username": who.name}
	}
	p.tell(m{
		"type": "session", "viewer": viewer, "permissions": m{"canModerate": p.moderate},
		"moderation": m{
			"hasBlockedTerms": len(c.settings.Blocked) > 0, "slowModeSeconds": int(c.settings.Slow.Seconds()), "maxMessageLength": c.settings.MaxLength,
		},
	})
}

// tellAccess is for people, not for bots and grants.
func (p *Peer) tellAccess() {
	if !p.ready || p.gone || p.acct == nil || p.acct.isBot {
		return
	}
	r := p.ch.restricted(p.acct.id)
	p.tell(m{"type": "chatAccess", "canSend": r == nil, "restriction": r.frame()})
}

func (p *Peer) tellHistory() {
	if p.ready && !p.gone && len(p.ch.history) > 0 {
		p.tell(m{"type": "history", "messages": slices.Clone(p.ch.history)})
	}
}

// Close is the end of the connection from the client's side.
func (p *Peer) Close() {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	p.leave()
}

func (p *Peer) leave() {
	p.gone = true
	if i := slices.Index(p.srv.peers, p); i >= 0 {
		p.srv.peers = slices.Delete(p.srv.peers, i, i+1)
	}
}

// cut ends the connection from the server's side.
func (p *Peer) cut(code int) {
	if !p.gone {
		p.leave()
		p.cutoff(code)
	}
}

func (p *Peer) tell(f m) { p.send(encode(f)) }

// Handle takes a message of the client. What makes no sense is passed over in silence.
func (p *Peer) Handle(b []byte) {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	switch {
	case p.gone:
		return
	case len(b) > maxFrame:
		p.cut(closeTooBig)
		return
	}
	var f m
	if json.Unmarshal(b, &f) != nil {
		f = nil
	}
	kind, _ := f["type"].(string)
	p.note(kind, f)
	if handle := commands[kind]; handle != nil {
		handle(p, f)
	}
}

// commands by the type of the frame.
var commands = map[string]func(*Peer, m){
	"ping":              func(p *Peer, _ m) { p.tell(m{"type": "pong"}) },
	"message":           (*Peer).say,
	"mod:deleteMessage": (*Peer).deleteMessage,
	"mod:timeoutUser":   (*Peer).timeoutUser,
	"mod:banUser":       (*Peer).banUser,
	"mod:liftTimeout":   (*Peer).release,
	"mod:unbanUser":     (*Peer).release,
	"emojiMsg":          (*Peer).lookUpEmoji,
	"emojiSearch":       (*Peer).searchEmoji,
}

// note keeps what a client with a connection asks for.
func (p *Peer) note(kind string, f m) {
	if p.played || kind == "ping" {
		return
	}
	r := Request{Type: kind, Frame: f}
	if p.acct != nil {
		r.Account = p.acct.name
	}
	if p.ch != nil {
		r.Channel = p.ch.name
	}
	if p.srv.opts.Watch != nil {
		p.srv.opts.Watch(r)
		return
	}
	p.srv.requests = append(p.srv.requests, r)
}

// refuse sends an error. A restriction is in it only where one is the reason.
func (p *Peer) refuse(code, text string, r *restriction) {
	f := m{"type": "moderationError", "code": code, "message": text}
	if r != nil {
		f["restriction"] = r.frame()
	}
	if !p.played {
		p.srv.refused[code]++
	}
	p.tell(f)
}
