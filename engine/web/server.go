package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server listens for HTTP once somebody needs it.
type Server struct {
	Addr    string // host:port; "" never listens
	Handler http.Handler
	// Listen opens the port; the system's if nil.
	Listen func(network, addr string) (net.Listener, error)
	// Failed is told once why it cannot listen.
	Failed func(error)

	once sync.Once
	mu   sync.Mutex
	http *http.Server
	done chan struct{}
	over bool
}

// Need has the server listen from now on. It reports false if there is no address to
// listen on.
func (s *Server) Need() bool {
	if s.Addr == "" {
		return false
	}
	s.once.Do(s.listen)
	return true
}

func (s *Server) listen() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	open := s.Listen
	if open == nil {
		open = net.Listen
	}
	l, err := open("tcp", s.Addr)
	if err != nil {
		s.Failed(err)
		return
	}
	s.http = &http.Server{
		Handler: s.Handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: maxHeader,
	}
	s.done = make(chan struct{})
	go func() {
		defer close(s.done)
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.Failed(err)
		}
	}()
}

// Close lets calls under way end for a while, and waits until the server is gone. It does
// not listen again.
func (s *Server) Close(patience time.Duration) {
	s.mu.Lock()
	s.over = true
	server, done := s.http, s.done
	s.mu.Unlock()
	if server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		server.Close()
	}
	<-done
}
