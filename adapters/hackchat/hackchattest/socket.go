package hackchattest

import (
	"context"
	"net/http"
	"slices"
	"time"

	"botd/adapters/internal/wsconn"
)

// pulse is how often the server pings.
const pulse = 16 * time.Second

// socket is a client at the other end of a connection. What is sent to it waits in a
// queue, so that the server never waits for anybody.
type socket struct {
	srv  *Server
	conn *wsconn.Conn
	peer *Peer

	ready chan struct{} // capacity 1: the queue is not empty, or the end has come
	// Under the server's lock:
	queue   []parcel
	end     bool
	code    int
	stalled bool
}

// parcel is a frame and when it may leave.
type parcel struct {
	at    time.Time
	frame []byte
}

// serve runs one connection until it ends.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	conn, err := wsconn.Accept(w, r, wsconn.Config{
		PingEvery: pulse,
		DeadAfter: 365 * 24 * time.Hour, // the real server never looks
		ReadLimit: 100 << 20,
	})
	if err != nil {
		return // it has been answered
	}
	k := &socket{srv: s, conn: conn, ready: make(chan struct{}, 1)}
	k.peer = s.Open(address(r), k.put, k.cut)
	s.mu.Lock()
	s.sockets[k] = true
	s.mu.Unlock()
	if s.gate.Closed() {
		conn.Abort()
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		k.write()
	}()
	k.read()
	k.peer.Close()
	s.mu.Lock()
	delete(s.sockets, k)
	k.finish(0)
	s.mu.Unlock()
	<-written
	conn.Abort()
}

func (k *socket) read() {
	for {
		b, err := k.conn.Read()
		if err != nil {
			return
		}
		k.srv.mu.Lock()
		deaf := k.stalled
		k.srv.mu.Unlock()
		if !deaf {
			k.peer.Handle(b)
		}
	}
}

// put queues a frame. The server calls it with its lock held.
func (k *socket) put(frame []byte) {
	k.queue = append(k.queue, parcel{time.Now().Add(k.srv.lag), frame})
	k.wake()
}

// cut ends the connection after what is queued. The server calls it with its lock
// held.
func (k *socket) cut(code int) {
	k.finish(code)
}

func (k *socket) finish(code int) {
	if !k.end {
		k.end, k.code = true, code
	}
	k.wake()
}

func (k *socket) wake() {
	select {
	case k.ready <- struct{}{}:
	default:
	}
}

func (k *socket) write() {
	for {
		batch, end, code := k.take()
		for _, p := range batch {
			time.Sleep(time.Until(p.at))
			if k.conn.Write(context.Background(), p.frame) != nil {
				break
			}
		}
		switch {
		case end && code == 0:
			k.conn.Flush()
			k.conn.Abort()
			return
		case end:
			k.conn.CloseWith(code, "")
			return
		}
		<-k.ready
	}
}

func (k *socket) take() (batch []parcel, end bool, code int) {
	k.srv.mu.Lock()
	defer k.srv.mu.Unlock()
	if !k.stalled {
		batch, k.queue = k.queue, nil
	}
	return batch, k.end && len(k.queue) == 0, k.code
}

// each runs f on every connection.
func (s *Server) each(f func(*socket)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.sockets {
		f(k)
	}
}

// Connections counts the clients with a connection.
func (s *Server) Connections() int {
	n := 0
	s.each(func(*socket) { n++ })
	return n
}

// Drop cuts all connections without a word, as a crash would.
func (s *Server) Drop() {
	var conns []*wsconn.Conn
	s.each(func(k *socket) { conns = append(conns, k.conn) })
	for _, c := range conns {
		c.Reset()
	}
}

// Restart is an orderly end of all connections. Channels, scores, bans and hashes
// stay, locks and captchas go.
func (s *Server) Restart() {
	s.each(func(k *socket) { k.finish(wsconn.CloseGoingAway) })
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.locks)
	clear(s.captchas)
}

// Stall makes the connections there are half-open: nothing that comes is read as if
// meant, nothing is sent, pings included. New connections work.
func (s *Server) Stall() {
	s.each(func(k *socket) {
		k.stalled = true
		k.conn.Quiet()
	})
}

// Lag makes everything that is sent from now on late.
func (s *Server) Lag(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = d
}

// Garbage sends every client something that is not of the protocol.
func (s *Server) Garbage() {
	s.each(func(k *socket) {
		for _, b := range []string{"\x00\xff{", `{"cmd":`, `[1,2]`, `{"cmd":7}`, `{"cmd":"chat","text":{},"nick":3}`, `"hi"`} {
			k.put([]byte(b))
		}
	})
}

// Oversized sends every client a message of so many bytes.
func (s *Server) Oversized(bytes int) {
	frame := slices.Concat([]byte(`{"cmd":"info","text":"`), slices.Repeat([]byte("x"), bytes), []byte(`"}`))
	s.each(func(k *socket) { k.put(frame) })
}
