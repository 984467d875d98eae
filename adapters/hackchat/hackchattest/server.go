package hackchattest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"botd/adapters/internal/wsconn"
)

// Generation is a stage of the server's history.
type Generation int

const (
	Gen2026 Generation = iota
	Gen2025
	Gen2020
	Gen2018
)

// Passwords whose trip codes have rights on a server with the default [Options], and
// the answer to its captchas.
const (
	AdminPassword = "admin-pass"
	ModPassword   = "mod-pass"
	CaptchaAnswer = "abcdef"
)

// salt goes into trip codes and hashes.
const salt = "botd-test-salt"

// Options choose what kind of server it is. The zero value is the current one.
type Options struct {
	Generation Generation
	// Unlimited turns the score off, for measurements and for playing.
	Unlimited bool
	// Watch is told what clients send, and then Requests and Lines do not keep it. It
	// must not call the server.
	Watch func(Request)
	// Core is the server as its package has it, without one command of a chat.
	Core bool
	// Random is the source of userids, hashes and rooms; nil is the system's.
	Random io.Reader
}

// Server is one chat server. Its methods may be called from any goroutine.
type Server struct {
	opts Options
	gate wsconn.Gate

	mu       sync.Mutex
	peers    []*Peer // in the order they connected
	scores   map[string]*score
	worst    map[string]float64
	banned   map[string]bool
	muted    map[string][]string // by address: nicks that still see it
	locks    map[string]int64
	captchas map[string]bool
	tokens   map[string]*Peer
	edits    map[string]time.Time
	requests []Request
	lines    map[string][]string
	sockets  map[*socket]bool
	lag      time.Duration
	counts   struct{ joins, invites, messages, banned, kicked, stats int }
	started  time.Time
	estates  map[string]*estate // by channel
	modTrips map[string]bool
}

// Request is a frame a client sent.
type Request struct {
	Addr    string // of the client
	Nick    string // at that moment, "" before it joined
	Channel string
	Cmd     string
	Frame   map[string]any // nil if it was not a JSON object
}

// New makes a server. It starts nothing: serve it with net/http.
func New(opts Options) *Server {
	return &Server{
		opts: opts, started: time.Now(),
		scores: map[string]*score{}, worst: map[string]float64{}, banned: map[string]bool{}, muted: map[string][]string{},
		locks: map[string]int64{}, captchas: map[string]bool{}, tokens: map[string]*Peer{}, edits: map[string]time.Time{},
		lines: map[string][]string{}, estates: map[string]*estate{}, modTrips: map[string]bool{trip(ModPassword): true},
		sockets: map[*socket]bool{},
	}
}

// Close cuts every connection and waits until nothing runs any more. Connections
// that come later are refused.
func (s *Server) Close() { s.gate.Close(s.Drop) }

// ServeHTTP takes WebSocket connections on any path. Like the real server behind its
// proxy it believes an X-Forwarded-For header.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.gate.Serve(w, r, s.serve) }

// address is the client's, without the port.
func address(r *http.Request) string {
	if forwarded := r.Header.Get("X-Forwarded-For"); forwarded != "" {
		return forwarded
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// Requests returns what clients with a connection have sent, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Lines returns what clients with a connection have said in a channel, in order.
func (s *Server) Lines(channel string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines[channel])
}

// Banned says whether an address is.
func (s *Server) Banned(addr string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.banned[addr]
}

// Muted says whether an address is.
func (s *Server) Muted(addr string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, muted := s.muted[addr]
	return muted
}

// Locked says whether a channel is.
func (s *Server) Locked(channel string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, locked := s.locks[channel]
	return locked
}

// Members returns the nicks in a channel, in the order their owners connected.
func (s *Server) Members(channel string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var nicks []string
	for _, p := range s.in(channel) {
		nicks = append(nicks, p.nick)
	}
	return nicks
}

// Broadcast sends a frame of the test's own to every member of a channel.
func (s *Server) Broadcast(channel string, frame map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.in(channel) {
		p.tell(frame)
	}
}

// Promote gives a member another level, as setlevel and addmod do.
func (s *Server) Promote(channel, nick string, level int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.find(channel, nick)
	if p == nil {
		return false
	}
	p.level = level
	for _, q := range s.in(channel) {
		q.tell(merge(p.describe(), p.online(), m{"cmd": "updateUser", "channel": channel}))
	}
	return true
}

// Kick moves a member to another channel, or a random one if to is empty, as if a
// moderator elsewhere had done it.
func (s *Server) Kick(channel, nick, to string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.find(channel, nick)
	if p == nil {
		return false
	}
	s.banish([]*Peer{p}, channel, to)
	return true
}

// Lock keeps newcomers below a level out of a channel; level 0 lets them in again.
func (s *Server) Lock(channel string, level int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if level == 0 {
		delete(s.locks, channel)
		return
	}
	s.locks[channel] = level
}

// Guard puts a captcha before a channel; its answer is [CaptchaAnswer].
func (s *Server) Guard(channel string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.captchas[channel] = on
}

// Mute hides what comes from an address from everybody else.
func (s *Server) Mute(addr string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if delete(s.muted, addr); on {
		s.muted[addr] = []string{}
	}
}

// Forget makes all session tokens worthless.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// Ban blocks an address and cuts its connections.
func (s *Server) Ban(addr string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.banned[addr] = on
	for _, p := range slices.Clone(s.peers) {
		if on && p.addr == addr {
			p.cut(0)
		}
	}
}

// m is a frame, or a part of one.
type m = map[string]any

func merge(parts ...m) m {
	out := m{}
	for _, part := range parts {
		for k, v := range part {
			out[k] = v
		}
	}
	return out
}

// in returns who is in a channel.
func (s *Server) in(channel string) []*Peer {
	var list []*Peer
	for _, p := range s.peers {
		if p.channel == channel && channel != "" {
			list = append(list, p)
		}
	}
	return list
}

// mods returns the moderators in a channel, or everywhere if it is empty.
func (s *Server) mods(channel string) []*Peer {
	var list []*Peer
	for _, p := range s.peers {
		if p.level >= levelMod && p.channel != "" && (channel == "" || p.channel == channel) {
			list = append(list, p)
		}
	}
	return list
}

// roomMods returns who is told of what moderators do in a channel: since 2025 also those
// with rights in it alone.
func (s *Server) roomMods(channel string) []*Peer {
	least := int64(levelMod)
	if s.opts.Generation <= Gen2025 {
		least = levelChanMod
	}
	var list []*Peer
	for _, p := range s.in(channel) {
		if p.level >= least {
			list = append(list, p)
		}
	}
	return list
}

func (s *Server) find(channel, nick string) *Peer {
	i := slices.IndexFunc(s.peers, func(p *Peer) bool { return channel != "" && p.channel == channel && p.nick == nick })
	if i < 0 {
		return nil
	}
	return s.peers[i]
}

func (s *Server) random(n int) []byte {
	b := make([]byte, n)
	source := s.opts.Random
	if source == nil {
		source = rand.Reader
	}
	if _, err := io.ReadFull(source, b); err != nil {
		panic("hackchattest: no random bytes: " + err.Error())
	}
	return b
}

func (s *Server) randomInt(limit int64) int64 {
	n := new(big.Int).SetBytes(s.random(8))
	return n.Mod(n, big.NewInt(limit)).Int64()
}

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"

func (s *Server) randomName(n int) string {
	b := s.random(n)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

// trip is the code a password gives.
func trip(password string) string {
	sum := sha256.Sum256([]byte(password + salt))
	return base64.StdEncoding.EncodeToString(sum[:])[:6]
}

// hash stands for an address.
func hash(addr string) string {
	sum := sha256.Sum256([]byte(addr + salt))
	return base64.StdEncoding.EncodeToString(sum[:])[:15]
}

func (s *Server) stamped(f m) []byte {
	b, err := json.Marshal(merge(f, m{"time": time.Now().UnixMilli()}))
	if err != nil {
		panic(fmt.Sprintf("hackchattest: a frame that cannot be encoded: %v", err))
	}
	return b
}
