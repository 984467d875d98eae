package hitboxtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"botd/adapters/internal/socketio09/socketio09test"
	"botd/adapters/internal/wsconn"
)

// Options choose what kind of service it is. The zero value is a plain one.
type Options struct {
	IO socketio09test.Options
	// Form is how envelopes are sent: as a string that holds JSON, as the live service did,
	// as an object, or both in turn.
	Form Form
	// Unlimited turns the limits on how often somebody may speak off.
	Unlimited bool
	// OldNames sends winnerMsg for winnerRaffle and kicked for kickUser.
	OldNames bool
	// Strings sends the numbers of polls and giveaways as strings.
	Strings bool
	// AdminFirst sends the copy for admins before that for viewers.
	AdminFirst bool
	// BareMotd tells the end of a sticky message by leaving its text out.
	BareMotd bool
	// LenientEnd lets endPoll end a poll that was not paused.
	LenientEnd bool
	// Watch is told what clients send, and then Requests and Lines do not keep it. It must
	// not call the server.
	Watch func(Request)
}

// Form is how an envelope goes into an event.
type Form int

const (
	AsString Form = iota
	AsObject
	Alternating
)

// Token and Password are what an account logs in with.
func Token(name string) string    { return "token-" + strings.ToLower(name) }
func Password(name string) string { return strings.ToLower(name) + "-pass" }

// Email is the address of an account, which only admins may see, and only if it wins.
func Email(name string) string { return strings.ToLower(name) + "@example.org" }

// Server is the service. Its methods may be called from any goroutine.
type Server struct {
	opts    Options
	io      *socketio09test.Server
	mux     http.ServeMux
	gate    wsconn.Gate // of the viewer-count server
	bridges sync.WaitGroup

	mu       sync.Mutex
	hosts    []string // chat servers; nil: the one asked
	mute     bool     // joins get no answer
	peers    []*Peer  // in the order they connected
	channels map[string]*channel
	watchers map[*watcher]bool
	requests []Request
	rest     []string
	lines    map[string][]string
}

// Request is what a client sent.
type Request struct {
	Name    string // of the account, "" before it joined
	Channel string
	Method  string
	Params  map[string]any
}

// New makes a service. It starts nothing: serve it with net/http.
func New(opts Options) *Server {
	s := &Server{opts: opts, channels: map[string]*channel{}, watchers: map[*watcher]bool{}, lines: map[string][]string{}}
	s.io = socketio09test.New(transport{s}, opts.IO)
	s.routes()
	return s
}

// ServeHTTP serves the whole service. Paths of the REST calls may follow /api.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/socket.io") {
		s.io.ServeHTTP(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// Close cuts every connection and waits until nothing runs any more.
func (s *Server) Close() {
	s.gate.Close(func() {
		s.io.Close()
		s.DropViewers()
	})
	s.bridges.Wait()
}

// IO is the transport, whose connections can be harmed.
func (s *Server) IO() *socketio09test.Server { return s.io }

// Hosts sets the list of chat servers the service names.
func (s *Server) Hosts(hosts ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosts = hosts
}

// Mute keeps joins without an answer.
func (s *Server) Mute(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute = on
}

// Requests returns what clients with a connection have sent, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// REST returns the paths of the REST calls, in order.
func (s *Server) REST() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.rest)
}

// Lines returns what clients with a connection have said in a channel, in order.
func (s *Server) Lines(channel string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines[channel])
}

// Names returns who is in a channel, guests left out.
func (s *Server) Names(channel string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, p := range s.in(channel) {
		if p.role > guest {
			names = append(names, p.name)
		}
	}
	return names
}

// Broadcast sends an envelope of the test's own to everybody in a channel. Params may be
// anything.
func (s *Server) Broadcast(channel, method string, params any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.in(channel) {
		p.tell(method, params)
	}
}

// Frame sends every connection a frame as it is.
func (s *Server) Frame(frame string) {
	s.io.Each(func(k *socketio09test.Socket) { k.SendFrame(frame) })
}

// in returns who is in a channel.
func (s *Server) in(channel string) []*Peer {
	var list []*Peer
	for _, p := range s.peers {
		if p.channel != nil && p.channel.name == channel {
			list = append(list, p)
		}
	}
	return list
}

// channel makes one the first time. Names are taken as they are: in capitals it is
// another channel.
func (s *Server) channel(name string) *channel {
	c := s.channels[name]
	if c == nil {
		c = newChannel(s, name)
		s.channels[name] = c
	}
	return c
}

// m is a set of parameters.
type m = map[string]any

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("hitboxtest: cannot be encoded: %v", err))
	}
	return b
}

func now() int64 { return time.Now().Unix() }
