package hackmudtest

import (
	"net/http"
	"strings"
	"time"
)

// Fault is something that goes wrong with one request.
type Fault struct {
	Endpoint string // "" for any
	Kind     Kind
	// Stored: a message of create_chat is said all the same.
	Stored bool
}

// Kind of a fault.
type Kind int

// The kinds.
const (
	ErrorPage   Kind = iota // 500 with HTML
	BadGateway              // 502 without a body
	Unavailable             // 503 with Retry-After: 7
	Empty                   // 200 without a body
	Truncated               // 200 with half of the answer
	OldError                // 200 with {"error": …}
	TooMany                 // 429
	Hang                    // no answer until the client gives up
	Reset                   // the connection is cut
	Garbage                 // bytes that are no JSON
	Oversized               // more than any client should read
)

// Fail puts faults in the way of the next requests, one each.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Down has every request end in a fault until Up.
func (s *Server) Down(k Kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = &Fault{Kind: k}
}

// Up ends Down.
func (s *Server) Up() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = nil
}

// fault takes the one that is meant for a request; mu is held.
func (s *Server) fault(endpoint string) *Fault {
	if s.down != nil {
		return s.down
	}
	for i, f := range s.faults {
		if f.Endpoint == "" || f.Endpoint == endpoint {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			return &f
		}
	}
	return nil
}

// spoil answers with a fault; a is what the answer would have been. It returns the status.
func (s *Server) spoil(w http.ResponseWriter, r *http.Request, f *Fault, body []byte) int {
	status := http.StatusOK
	switch f.Kind {
	case ErrorPage:
		w.Header().Set("Content-Type", "text/html")
		status, body = http.StatusInternalServerError, []byte("<html><h1>Internal Server Error</h1></html>")
	case BadGateway:
		status, body = http.StatusBadGateway, nil
	case Unavailable:
		w.Header().Set("Retry-After", "7")
		status, body = http.StatusServiceUnavailable, []byte("<html>back soon</html>")
	case Empty:
		body = nil
	case Truncated:
		body = body[:len(body)/2]
	case OldError:
		body = []byte(`{"error":"you need to authenticate first"}`)
	case TooMany:
		status, body = http.StatusTooManyRequests, []byte(`{"ok":false,"msg":"token pollrate exceeded - 1 per 700ms"}`)
	case Garbage:
		body = []byte("\xff\x00{]\x1b [1,2")
	case Oversized:
		body = []byte(`{"ok":true,"chats":{"x":["` + strings.Repeat("x", 9<<20) + `"]}}`)
	case Hang:
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
		return 0
	case Reset:
		if h, ok := w.(http.Hijacker); ok {
			if conn, _, err := h.Hijack(); err == nil {
				conn.Close()
			}
		}
		return 0
	}
	w.WriteHeader(status)
	w.Write(body)
	return status
}

// pause lets a part of the latency pass, on one of the two ways. False means that the
// client has gone.
func (s *Server) pause(r *http.Request) bool {
	s.mu.Lock()
	var d time.Duration
	if half := s.quirks.Latency / 2; half > 0 {
		d = time.Duration(s.rand.Int64N(int64(half)))
	}
	s.mu.Unlock()
	if d == 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
	case <-s.closed:
	}
	return false
}
