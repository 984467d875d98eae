package hackchattest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	levelAdmin   = 9999999
	levelMod     = 999999
	levelOwner   = 99999
	levelChanMod = 9999
	levelTrusted = 500
	levelDefault = 100
)

const maxFrame = 65536

// Peer is one client of a [Server]: at the other end of a connection, or played by
// the test.
type Peer struct {
	srv    *Server
	addr   string
	played bool
	send   func([]byte)   // gets each frame; must not block or call the server
	cutoff func(code int) // ends the connection: 0 without a word, else a close code

	p2       bool // protocol 2
	decided  bool // which protocol it is
	restored bool // came back with a token
	channel  string
	channels []string // S26's own account, wrong after a kick
	nick     string
	trip     string
	level    int64
	userid   int64
	color    string
	flair    string
	isBot    bool
	banished bool              // into purgatory
	reply    string            // who whispered last
	riddle   m                 // the join that waits for a captcha
	answer   func(text string) // takes the next line, after a captcha within the channel
}

// Open adds a client from an address whose frames go to send; cut is called when the
// server ends the connection, with 0 for a cut or else a close code.
func (s *Server) Open(addr string, send func([]byte), cut func(code int)) *Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Peer{srv: s, addr: addr, send: send, cutoff: cut, level: levelDefault, userid: s.randomInt(1e13)}
	s.peers = append(s.peers, p)
	return p
}

// Close is the end of the connection from the client's side.
func (p *Peer) Close() {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	p.leave()
}

// leave takes the client off the server. Wants the lock, as everything below.
func (p *Peer) leave() {
	i := slices.Index(p.srv.peers, p)
	if i < 0 {
		return
	}
	p.srv.peers = slices.Delete(p.srv.peers, i, i+1)
	if p.channel == "" || slices.ContainsFunc(p.srv.in(p.channel), func(q *Peer) bool { return q.userid == p.userid }) {
		return
	}
	for _, q := range p.srv.in(p.channel) {
		q.tell(p.removal(p.channel, true))
	}
}

// cut ends the connection from the server's side.
func (p *Peer) cut(code int) {
	p.leave()
	p.cutoff(code)
}

// removal is the frame that says that the client is gone.
func (p *Peer) removal(channel string, disconnect bool) m {
	f := m{"cmd": "onlineRemove", "nick": p.nick}
	if p.gen() == Gen2018 {
		return f
	}
	f["userid"] = p.userid
	if p.gen() != Gen2025 || !disconnect {
		f["channel"] = channel
	}
	return f
}

func (p *Peer) gen() Generation { return p.srv.opts.Generation }

func (p *Peer) tell(f m) { p.send(p.srv.stamped(f)) }

// where is the channel of the client as the server writes it.
func (p *Peer) where() any {
	if p.channel == "" {
		return false
	}
	return p.channel
}

func (p *Peer) info(id int, text string, channel any, extra ...m) {
	f := merge(append(extra, m{"cmd": "info", "text": text})...)
	if p.gen() != Gen2018 {
		f["channel"] = channel
	}
	if p.gen() == Gen2026 {
		f["id"] = id
	}
	p.tell(f)
}

func (p *Peer) warn(id int, text string, channel any) {
	f := m{"cmd": "warn", "text": text}
	switch p.gen() {
	case Gen2020:
		f["channel"] = channel
	case Gen2025, Gen2026:
		f["channel"], f["id"] = channel, id
	}
	p.tell(f)
}

// describe is the user object.
func (p *Peer) describe() m {
	f := m{"nick": p.nick, "trip": p.trip, "uType": p.uType(), "hash": hash(p.addr), "level": p.level, "userid": p.userid}
	if !p.p2 || p.restored || p.gen() == Gen2020 {
		f["isBot"] = p.isBot
	}
	f["color"] = orFalse(p.color)
	if p.gen() != Gen2020 && !(p.gen() == Gen2025 && p.restored) {
		f["flair"] = orFalse(p.flair)
	}
	return f
}

// online is a mark on some frames since 2025.
func (p *Peer) online() m {
	if p.gen() <= Gen2025 {
		return m{"online": true}
	}
	return nil
}

func orFalse(s string) any {
	if s == "" {
		return false
	}
	return s
}

func (p *Peer) uType() string {
	switch {
	case p.level >= levelAdmin:
		return "admin"
	case p.level >= levelMod:
		return "mod"
	}
	return "user"
}

// flags are the rights as chat frames show them.
func (p *Peer) flags() m {
	switch {
	case p.level >= levelAdmin:
		return m{"admin": true}
	case p.level >= levelMod:
		return m{"mod": true}
	}
	return m{}
}

// Handle takes one message from the client.
func (p *Peer) Handle(raw []byte) {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	p.handle(raw)
}

func (p *Peer) handle(raw []byte) {
	if !slices.Contains(p.srv.peers, p) {
		return
	}
	if p.blocked() {
		p.record(raw)
		p.warn(14, blockedText(p.gen()), false)
		return
	}
	p.charge(1)
	frame, ok := p.record(raw)
	if !ok {
		p.cut(1005)
		return
	}
	name, _ := frame["cmd"].(string)
	if len(raw) > maxFrame || name == "" {
		return
	}
	p.command(name, frame)
}

func blockedText(g Generation) string {
	if g == Gen2018 || g == Gen2020 {
		return "Your IP is being rate-limited or blocked."
	}
	return "You are being rate-limited or blocked."
}

// record keeps the message for Requests. It is not ok if it was not JSON.
func (p *Peer) record(raw []byte) (frame m, ok bool) {
	var v any
	ok = json.Unmarshal(raw, &v) == nil
	frame, _ = v.(m)
	if !p.played {
		name, _ := frame["cmd"].(string)
		r := Request{Addr: p.addr, Nick: p.nick, Channel: p.channel, Cmd: name, Frame: frame}
		if watch := p.srv.opts.Watch; watch != nil {
			watch(r)
		} else {
			p.srv.requests = append(p.srv.requests, r)
		}
	}
	return frame, ok
}

func (p *Peer) command(name string, f m) {
	if p.srv.opts.Core {
		p.core(name)
		return
	}
	c, ok := commands[name]
	if !ok || !c.on(p.gen()) {
		p.unknown(name)
		return
	}
	if p.channel == "" && !c.early && p.riddle == nil {
		return
	}
	if p.riddle != nil {
		p.solve(name, f)
		return
	}
	for _, field := range c.required {
		if _, ok := f[field]; !ok {
			p.warn(14, fmt.Sprintf("Failed to execute '%s': missing required %s\n\n", name, field), false)
			return
		}
	}
	if p.level < c.level {
		if p.charge(10); c.level == levelAdmin {
			p.charge(10)
		}
		return
	}
	if p.banished && !c.limbo {
		return
	}
	c.run(p, f)
}

// core answers for a server that is nothing but the package.
func (p *Peer) core(name string) {
	group := func(category string, cmds ...string) m { return m{"category": category, "cmds": cmds} }
	switch name {
	case "help":
		p.tell(m{"cmd": "help", "specific": false, "general": []m{
			group("Internal", "disconnect", "socketreply"), group("Remote", "session"), group("Utility", "help", "reload")}})
	case "session":
		p.tell(m{"cmd": "error", "text": "Invalid jwt"})
	case "disconnect", "socketreply", "reload": // for who has a key
	default:
		p.tell(m{"cmd": "warn", "text": "Command not found, did you mean: `help`?"})
	}
}

// unknown suggests what the client may have meant.
func (p *Peer) unknown(name string) {
	if p.channel == "" && (p.gen() == Gen2018 || p.gen() == Gen2020) {
		return
	}
	var channel any = false
	if p.gen() == Gen2020 {
		channel = p.where()
	}
	if name == "updateMessage" && p.gen() == Gen2018 {
		return
	}
	if near := suggest(name); near != "" {
		p.warn(14, "Command not found, did you mean: `"+near+"`?", channel)
		return
	}
	p.warn(14, "Unknown command", channel)
}

// User is a client the test plays: no rate limit holds for it, and it is not among
// the requests.
type User struct {
	*Peer
	frames []m     // under the server's lock
	hear   func(m) // gets frames instead of the list, if set
}

// Join brings a user of the test into a channel. Nick may be "nick#password". It
// panics if the server refuses, which is a mistake of the test.
func (s *Server) Join(channel, nick string) *User {
	u := &User{}
	if !s.enter(u, channel, nick) {
		panic(fmt.Sprintf("hackchattest: %s cannot join %s: %v", nick, channel, u.frames))
	}
	return u
}

// Attend brings a user in whose frames go to hear, which must not call the server. It
// fails if the server refuses; hear was told why.
func (s *Server) Attend(channel, nick string, hear func(frame map[string]any)) (u *User, ok bool) {
	u = &User{hear: hear}
	return u, s.enter(u, channel, nick)
}

func (s *Server) enter(u *User, channel, nick string) bool {
	u.Peer = s.Open("test-"+nick, u.take, func(int) {})
	s.mu.Lock()
	defer s.mu.Unlock()
	u.played = true
	b, _ := json.Marshal(m{"cmd": "join", "channel": channel, "nick": nick}) // strings always can
	u.handle(b)
	return u.channel != ""
}

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
func (u *User) Send(f map[string]any) {
	b, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	u.Handle(b)
}

// Say puts a line into the channel. A slash at its start is escaped.
func (u *User) Say(text string) {
	if strings.HasPrefix(text, "/") && u.gen() != Gen2018 {
		text = "/" + text
	}
	u.Send(m{"cmd": "chat", "text": text})
}

// Whisper tells one user of the channel something.
func (u *User) Whisper(nick, text string) { u.Send(m{"cmd": "whisper", "nick": nick, "text": text}) }

// Leave ends the user's connection.
func (u *User) Leave() { u.Close() }

// Nick is the user's current one.
func (u *User) Nick() string {
	u.srv.mu.Lock()
	defer u.srv.mu.Unlock()
	return u.nick
}

// Trip is the user's trip code, "" without one.
func (u *User) Trip() string { return u.trip }

// UserID is the number the server gave the user.
func (u *User) UserID() int64 { return u.userid }

// Addr is where the user seems to come from.
func (u *User) Addr() string { return u.addr }

// Hash stands for the user's address.
func (u *User) Hash() string { return hash(u.addr) }

// Frames returns what the user was sent, in order.
func (u *User) Frames() []map[string]any {
	u.srv.mu.Lock()
	defer u.srv.mu.Unlock()
	return slices.Clone(u.frames)
}

// token gives the client something to come back with.
func (p *Peer) token() string {
	if len(p.channels) == 0 && p.channel == "" && !p.decided {
		return ""
	}
	t := fmt.Sprintf("%s.%d", p.srv.randomName(24), time.Now().Unix())
	saved := *p
	saved.channels = slices.Clone(p.channels)
	p.srv.tokens[t] = &saved
	return t
}
