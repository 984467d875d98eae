// Package socketio09test is a Socket.IO 0.9 server for tests and simulators: WebSocket
// only, with the manners of the real one that a client has to live with. Recordings of
// socket.io 0.9.17 hold it to that.
package socketio09test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"botd/adapters/internal/socketio09"
	"botd/adapters/internal/wsconn"
)

// Handler is the application behind a [Server]. Its methods are called from the
// goroutine of a connection, one at a time for each socket, and must not block.
type Handler interface {
	Connected(*Socket)
	// Received gets messages, JSON, events and acks on the root endpoint.
	Received(*Socket, socketio09.Packet)
	Disconnected(*Socket)
}

// Options choose the server's manners. The zero value is a server with its defaults.
type Options struct {
	Interval time.Duration // between an answered heartbeat and the next. 25 s
	Timeout  time.Duration // for the answer to a heartbeat, and told in the handshake. 60 s
	// NoHeartbeats turns them off, which shows in the handshake.
	NoHeartbeats bool
}

// unusedTime is how long a session id waits for its WebSocket.
const unusedTime = 30 * time.Second

// Server is an [http.Handler] for the paths below /socket.io/. Its methods may be called
// from any goroutine.
type Server struct {
	opts    Options
	handler Handler
	gate    wsconn.Gate

	mu      sync.Mutex
	faults  Faults
	ids     map[string]time.Time // handed out and not used
	sockets map[*Socket]bool
	shaken  int
}

// Faults are what the server does wrong.
type Faults struct {
	Status       int  // of every answer to a handshake, unless 0
	Hang         bool // handshakes get no answer
	NoConnect    bool // the connect packet is never sent
	NoHeartbeats bool // they are promised but not sent
}

// New makes a server. It starts nothing: serve it with net/http.
func New(h Handler, opts Options) *Server {
	if opts.Interval == 0 {
		opts.Interval = 25 * time.Second
	}
	if opts.Timeout == 0 {
		opts.Timeout = 60 * time.Second
	}
	return &Server{opts: opts, handler: h, ids: map[string]time.Time{}, sockets: map[*Socket]bool{}}
}

// Break sets the faults from now on.
func (s *Server) Break(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

func (s *Server) broken() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults
}

// Handshakes counts the session ids handed out.
func (s *Server) Handshakes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shaken
}

// Close cuts every connection and waits until nothing runs any more.
func (s *Server) Close() {
	s.gate.Close(func() { s.Each((*Socket).Cut) })
}

// Each calls f for each connected socket.
func (s *Server) Each(f func(*Socket)) {
	s.mu.Lock()
	var all []*Socket
	for k := range s.sockets {
		all = append(all, k)
	}
	s.mu.Unlock()
	for _, k := range all {
		f(k)
	}
}

// ServeHTTP answers handshakes and takes WebSockets.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.gate.Serve(w, r, s.route) }

func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	path, below := strings.CutPrefix(r.URL.Path, "/socket.io")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case !below:
		http.NotFound(w, r)
	case parts[0] == "":
		fmt.Fprint(w, "Welcome to socket.io.")
	case parts[0] != "1":
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, "Protocol version not supported.")
	case len(parts) == 1:
		s.handshake(w, r)
	case len(parts) == 3 && parts[1] == "websocket":
		s.serve(w, r, parts[2])
	default:
		http.NotFound(w, r)
	}
}

func (s *Server) handshake(w http.ResponseWriter, r *http.Request) {
	f := s.broken()
	if f.Hang {
		<-r.Context().Done()
		return
	}
	if f.Status != 0 {
		w.WriteHeader(f.Status)
		fmt.Fprint(w, map[int]string{http.StatusForbidden: "handshake unauthorized"}[f.Status])
		return
	}
	id := rand.Text()[:20]
	s.mu.Lock()
	s.ids[id] = time.Now()
	s.shaken++
	s.mu.Unlock()
	timeout := fmt.Sprint(s.opts.Timeout.Seconds())
	if s.opts.NoHeartbeats {
		timeout = ""
	}
	w.Header().Set("Content-Type", "text/plain")
	fmt.Fprintf(w, "%s:%s:60:websocket", id, timeout)
}

// claim uses up a session id.
func (s *Server) claim(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	made, ok := s.ids[id]
	delete(s.ids, id)
	return ok && time.Since(made) <= unusedTime
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, id string) {
	k := &Socket{srv: s, ready: make(chan struct{}, 1)}
	conn, err := wsconn.Accept(w, r, wsconn.Config{
		Plain: true, DeadAfter: 365 * 24 * time.Hour, ReadLimit: 10 << 20, OnPing: k.baffled, OnPong: k.baffled,
	})
	if err != nil {
		return // it has been answered
	}
	k.conn = conn
	written := make(chan struct{})
	go func() {
		defer close(written)
		k.write()
	}()
	if s.claim(id) {
		s.converse(k)
	} else {
		k.Send(socketio09.Packet{Type: socketio09.Error, Data: "1+0"})
	}
	k.end()
	<-written
	conn.Abort()
}

// converse is the life of a socket.
func (s *Server) converse(k *Socket) {
	s.mu.Lock()
	s.sockets[k] = true
	f := s.faults
	s.mu.Unlock()
	if s.gate.Closed() {
		return
	}
	if !f.NoConnect {
		k.Send(socketio09.Packet{Type: socketio09.Connect})
		s.handler.Connected(k)
		defer s.handler.Disconnected(k)
	}
	if !s.opts.NoHeartbeats && !f.NoHeartbeats {
		k.beatIn(s.opts.Interval)
	}
	k.read()
	k.stopBeating()
	s.mu.Lock()
	delete(s.sockets, k)
	s.mu.Unlock()
}
