package hctvtest

import (
	"context"
	"net/http"
	"slices"
	"time"

	"botd/adapters/internal/wsconn"
)

// socket is a client at the other end of a connection. What is sent to it waits in a
// queue, so that the server never waits for anybody.
type socket struct {
	srv  *Server
	conn *wsconn.Conn

	ready chan struct{} // capacity 1: the queue is not empty, or the end has come
	// Under the server's lock:
	queue [][]byte
	code  int // of the close frame; 0 while there is none
	gone  bool
}

// serve runs one connection until it ends.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	conn, err := wsconn.Accept(w, r, wsconn.Config{
		PingEvery: -1, // the real server has no pings and never looks for them
		DeadAfter: 365 * 24 * time.Hour,
		ReadLimit: maxFrame,
	})
	if err != nil {
		return // it has been answered
	}
	k := &socket{srv: s, conn: conn, ready: make(chan struct{}, 1)}
	s.mu.Lock()
	s.sockets[k] = true
	s.mu.Unlock()
	if s.gate.Closed() {
		conn.Abort()
	}
	peer, ok := s.Open(r.URL.RequestURI(), r.Header, k.put, k.cut)
	written := make(chan struct{})
	go func() {
		defer close(written)
		k.write()
	}()
	for ok {
		b, err := conn.Read()
		if err != nil {
			break
		}
		peer.Handle(b)
	}
	if ok {
		peer.Close()
	}
	s.mu.Lock()
	delete(s.sockets, k)
	k.gone = true
	k.wake()
	s.mu.Unlock()
	<-written
	conn.Abort()
}

// put queues a frame. The server calls it with its lock held.
func (k *socket) put(frame []byte) {
	k.queue = append(k.queue, frame)
	k.wake()
}

// cut ends the connection after what is queued. The server calls it with its lock held.
func (k *socket) cut(code int) {
	k.code = code
	k.wake()
}

func (k *socket) wake() {
	select {
	case k.ready <- struct{}{}:
	default:
	}
}

func (k *socket) write() {
	for range k.ready {
		k.srv.mu.Lock()
		batch, code, gone := k.queue, k.code, k.gone
		k.queue = nil
		k.srv.mu.Unlock()
		for _, b := range batch {
			if k.conn.Write(context.Background(), b) != nil {
				break
			}
		}
		if code != 0 {
			k.conn.CloseWith(code, "")
		}
		if code != 0 || gone {
			return
		}
	}
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

// Drop cuts all connections without a word, as a deploy does.
func (s *Server) Drop() {
	var conns []*wsconn.Conn
	s.each(func(k *socket) { conns = append(conns, k.conn) })
	for _, c := range conns {
		c.Reset()
	}
}

// Garbage sends every client something that is not of the protocol.
func (s *Server) Garbage() {
	s.each(func(k *socket) {
		for _, b := range []string{"\x00\xff{", `{"type":`, `[1,2]`, `{"type":7}`, `{"type":"message","message":{},"user":3}`, `"hi"`, `{}`} {
			k.put([]byte(b))
		}
	})
}

// Oversized sends every client a message of so many bytes.
func (s *Server) Oversized(bytes int) {
	frame := slices.Concat([]byte(`{"type":"systemMsg","message":"`), slices.Repeat([]byte("x"), bytes), []byte(`"}`))
	s.each(func(k *socket) { k.put(frame) })
}
