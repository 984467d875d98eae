package hctvtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"botd/adapters/internal/wsconn"
)

// Options choose what kind of server it is. The zero value is like the real one.
type Options struct {
	// Unlimited turns rate limit and slow mode off, for playing.
	Unlimited bool
	// Watch is told what clients with a connection send, and then Requests and Lines do
	// not keep it. It must not call the server.
	Watch func(Request)
}

// Greeting is how long after the opening of a connection each of its first frames is
// sent. Rejections that need a look into the database come with the session.
type Greeting struct{ Session, Access, History time.Duration }

// Server is one chat server. Its methods may be called from any goroutine.
type Server struct {
	opts   Options
	gate   wsconn.Gate
	timers sync.WaitGroup

	mu       sync.Mutex
	byID     map[string]*account
	keys     map[string]*account
	cookies  map[string]*account
	grants   map[string]*channel
	channels map[string]*channel
	emoji    []string
	greeting Greeting
	swallow  bool
	peers    []*Peer // in the order they connected
	requests []Request
	lines    map[string][]string
	opened   int
	refused  map[string]int // errors by code
	sockets  map[*socket]bool
}

// Request is a frame a client sent.
type Request struct {
	Account string // its name, "" without
	Channel string
	Type    string
	Frame   map[string]any // nil if it was not a JSON object
}

// m is a frame, or a part of one.
type m = map[string]any

// New makes a server with these people and places, the ones in the recordings. Ids of
// users are u_<name>, of bots b_<name>; see [Cookie], [Grant] and the keys.
//
//   - users: alice, bob, carol and nochan, who may not log in; owner, manager, manager2,
//     mod and mod2 have that role in all channels; admin and admin2 are platform admins
//   - bots: modbot of owner and adminbot of admin are moderators, plainbot of carol is not
//   - channels: lounge, early and burst with the usual settings, hist for long texts,
//     slow (5 s), strict (50 characters, 3 messages in 5 s, the blocked terms badword,
//     two words and c++), and owner, where nobody else has a role
//
// It starts nothing: serve it with net/http.
func New(opts Options) *Server {
	s := &Server{
		opts: opts, byID: map[string]*account{}, keys: map[string]*account{}, cookies: map[string]*account{}, grants: map[string]*channel{},
		channels: map[string]*channel{}, lines: map[string][]string{}, refused: map[string]int{}, sockets: map[*socket]bool{},
	}
	s.populate()
	return s
}

// Close cuts every connection and waits until nothing runs any more. Connections that
// come later are refused.
func (s *Server) Close() {
	s.gate.Close(s.Drop)
	s.timers.Wait()
}

// prefixes of the chat's paths: on the site, as its documentation has it, and on the
// chat service itself.
var prefixes = []string{"/api/stream/chat/ws/", "/api/chat/ws/", "/ws/"}

// place is the name of the channel in a path.
func place(path string) (string, bool) {
	for _, p := range prefixes {
		if name, ok := strings.CutPrefix(path, p); ok && name != "" && !strings.Contains(name, "/") {
			return name, true
		}
	}
	return "", false
}

// ServeHTTP takes WebSocket connections for channels.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, found := place(r.URL.Path)
	switch upgrade := strings.EqualFold(r.Header.Get("Upgrade"), "websocket"); {
	case found && !upgrade:
		w.WriteHeader(http.StatusNotFound)
		return
	case !found:
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.gate.Serve(w, r, s.serve)
}

// Greet sets the pace of greetings for connections to come.
func (s *Server) Greet(g Greeting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.greeting = g
}

// Swallow makes the server accept messages and commands without a word.
func (s *Server) Swallow(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.swallow = on
}

// Requests returns what clients with a connection have sent, in order, pings aside.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Opened counts the connections clients have made.
func (s *Server) Opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// Lines returns what clients with a connection have said in a channel, in order.
func (s *Server) Lines(channel string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines[channel])
}

// Refused counts the errors with a code that clients with a connection were sent.
func (s *Server) Refused(code string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused[code]
}

// Broadcast sends a frame of the test's own to everybody in a channel.
func (s *Server) Broadcast(channel string, frame map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tellAll(s.channels[channel], frame)
}

// Post stores a message and tells the channel after a while, as a busy server does.
func (s *Server) Post(channel, id, text string, late time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, a := s.channels[channel], s.byID[id]
	f := c.store(&Peer{acct: a, role: c.roles[a.id]}, text)
	s.after(late, func() { s.tellAll(c, f) })
}

// after calls f with the lock held, at once or later; it wants the lock.
func (s *Server) after(d time.Duration, f func()) {
	if d <= 0 {
		f()
		return
	}
	s.timers.Add(1)
	time.AfterFunc(d, func() {
		defer s.timers.Done()
		s.mu.Lock()
		defer s.mu.Unlock()
		f()
	})
}

func (s *Server) tellAll(c *channel, f m) {
	for _, p := range s.peers {
		if p.ch == c && p.ready {
			p.tell(f)
		}
	}
}

// newID is a UUID of version 4.
func newID() string {
	a, b := rand.Uint64(), rand.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}

func encode(f m) []byte {
	b, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("hctvtest: a frame that cannot be encoded: %v", err))
	}
	return b
}

func query(rawQuery string) url.Values {
	v, _ := url.ParseQuery(rawQuery) // what is not understood is not there
	return v
}
