package socketio09_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"botd/adapters/adaptertest"
	"botd/adapters/internal/socketio09"
	"botd/adapters/internal/socketio09/socketio09test"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a test server on a wire in memory that echoes events.
type server struct {
	*socketio09test.Server
	wire *adaptertest.Wire

	mu   sync.Mutex
	acks []string
}

func newServer(t *testing.T, opts socketio09test.Options) *server {
	s := &server{wire: adaptertest.NewWire(t)}
	s.Server = socketio09test.New(s, opts)
	srv := &http.Server{Handler: s.Server}
	served := make(chan struct{})
	go func() {
		defer close(served)
		srv.Serve(s.wire)
	}()
	t.Cleanup(func() {
		srv.Close()
		<-served
		s.Server.Close()
	})
	return s
}

func (s *server) Connected(*socketio09test.Socket)    {}
func (s *server) Disconnected(*socketio09test.Socket) {}

func (s *server) Received(k *socketio09test.Socket, p socketio09.Packet) {
	if p.Type == socketio09.Ack {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.acks = append(s.acks, p.Data)
		return
	}
	name, args, err := p.Event()
	if err != nil {
		return
	}
	switch name {
	case "kick":
		k.Disconnect()
	case "raw":
		k.SendFrame(strings.Trim(string(args[0]), `"`))
	default:
		k.Send(socketio09.Packet{Type: socketio09.Event, Data: p.Data})
	}
}

func (s *server) dial(t *testing.T) (*socketio09.Conn, error) {
	c, err := socketio09.Dial(t.Context(), "http://simulator", socketio09.Config{Dial: s.wire.Dial})
	if err == nil {
		t.Cleanup(c.Abort)
	}
	return c, err
}

func in(t *testing.T, opts socketio09test.Options, f func(*testing.T, *server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newServer(t, opts)) })
}

func TestSession(t *testing.T) {
	in(t, socketio09test.Options{}, func(t *testing.T, s *server) {
		c, err := s.dial(t)
		if err != nil {
			t.Fatal(err)
		}
		for _, frame := range []string{"garbage", "8::", "2::", "5:7::{}", "9::", "6:::99", "5::/else:{}"} {
			c.Emit(t.Context(), "raw", frame)
		}
		c.Emit(t.Context(), "message", map[string]int{"n": 1})
		var got []string
		for {
			p, err := c.Read()
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p.String())
			if p.Type == socketio09.Event && p.ID == "" {
				break
			}
		}
		if want := `5:7::{} 6:::99 5:::{"name":"message","args":[{"n":1}]}`; strings.Join(got, " ") != want {
			t.Errorf("got %q, want %q", got, want)
		}
		begun := time.Now()
		c.Close()
		if _, err := c.Read(); !errors.Is(err, socketio09.ErrDisconnected) || time.Since(begun) > 100*time.Millisecond {
			t.Errorf("Close: Read returned %v after %v", err, time.Since(begun))
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if strings.Join(s.acks, " ") != "7" {
			t.Errorf("the client acknowledged %q, want 7", s.acks)
		}
	})
}

// TestHeartbeats: a session lives on heartbeats alone, and dies without them.
func TestHeartbeats(t *testing.T) {
	in(t, socketio09test.Options{}, func(t *testing.T, s *server) {
		c, err := s.dial(t)
		if err != nil {
			t.Fatal(err)
		}
		sockets := make(chan *socketio09test.Socket, 1)
		time.AfterFunc(time.Hour+time.Second, func() {
			s.Each(func(k *socketio09test.Socket) { sockets <- k })
			s.wire.Break(adaptertest.HalfOpen)
		})
		begun := time.Now()
		_, err = c.Read()
		if d := time.Since(begun) - time.Hour; engine.CodeOf(err) != engine.Timeout || d < 30*time.Second || d > 2*time.Minute {
			t.Errorf("Read returned %v after 1h and %v", err, d)
		}
		if n := (<-sockets).Beats(); n != 144 {
			t.Errorf("%d heartbeats in an hour, want 144", n)
		}
	})
}

func TestNoHeartbeats(t *testing.T) {
	in(t, socketio09test.Options{NoHeartbeats: true}, func(t *testing.T, s *server) {
		c, err := s.dial(t)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(24*time.Hour, func() { s.wire.Break(adaptertest.Drop) })
		begun := time.Now()
		if _, err := c.Read(); engine.CodeOf(err) != engine.NotConnected || time.Since(begun) < 24*time.Hour {
			t.Errorf("without heartbeats Read returned %v after %v", err, time.Since(begun))
		}
	})
}

// TestOneIDOneSocket: an id is good for one WebSocket, within half a minute.
func TestOneIDOneSocket(t *testing.T) {
	in(t, socketio09test.Options{}, func(t *testing.T, s *server) {
		var ids []string
		dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
			time.Sleep(20 * time.Second) // twice: before the handshake and before the WebSocket
			return s.wire.Dial(ctx, network, addr)
		}
		c, err := socketio09.Dial(t.Context(), "http://simulator", socketio09.Config{Dial: dial, Connect: time.Minute})
		if err != nil {
			t.Fatalf("an id that waited 20 s: %v", err)
		}
		c.Abort()
		slow := 0
		dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if slow++; slow == 2 {
				time.Sleep(31 * time.Second)
			}
			return s.wire.Dial(ctx, network, addr)
		}
		_, err = socketio09.Dial(t.Context(), "http://simulator", socketio09.Config{Dial: dial, Connect: time.Minute})
		if engine.CodeOf(err) != engine.NotConnected || !strings.Contains(err.Error(), "not handshaken") {
			t.Errorf("an id that waited 31 s: %v (ids %v)", err, ids)
		}
		for range 2 {
			if _, err := s.dial(t); err != nil {
				t.Error(err)
			}
		}
		if n := s.Handshakes(); n != 4 {
			t.Errorf("%d handshakes for four dials", n)
		}
	})
}

func TestServerEndsTheSession(t *testing.T) {
	in(t, socketio09test.Options{}, func(t *testing.T, s *server) {
		c, err := s.dial(t)
		if err != nil {
			t.Fatal(err)
		}
		c.Emit(t.Context(), "kick")
		for range 2 {
			if _, err := c.Read(); engine.CodeOf(err) != engine.NotConnected {
				t.Errorf("Read: %v", err)
			}
		}
		c.Close()
		c.Abort()
		if err := c.Emit(t.Context(), "x"); engine.CodeOf(err) != engine.NotConnected {
			t.Errorf("Emit after the end: %v", err)
		}
	})
}

// TestPingsBreakTheServer: the test server catches a client that pings.
func TestPingsBreakTheServer(t *testing.T) {
	in(t, socketio09test.Options{}, func(t *testing.T, s *server) {
		ws, err := wsconn.Dial(t.Context(), "ws://simulator/socket.io/1/websocket/x", wsconn.Config{Dial: s.wire.Dial})
		if err != nil {
			t.Fatal(err)
		}
		defer ws.Abort()
		if b, err := ws.Read(); string(b) != "7:::1+0" {
			t.Errorf("%q, %v", b, err)
		}
	})
	in(t, socketio09test.Options{}, func(t *testing.T, s *server) {
		ws := dialRecorded(t, s, []line{{Raw: "GET /socket.io/1/ HTTP/1.1"}})
		ws.Read()
		ws.Inject([]byte{0x89, 0x80, 1, 2, 3, 4})
		if b, err := ws.Read(); err == nil {
			t.Errorf("the server answered a ping with %q", b)
		}
	})
}

func TestDialErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		faults socketio09test.Faults
		code   engine.Code
		text   string
	}{
		"error":         {socketio09test.Faults{Status: 500}, engine.NotConnected, "500"},
		"forbidden":     {socketio09test.Faults{Status: 403}, engine.Denied, "403"},
		"no handshake":  {socketio09test.Faults{Hang: true}, engine.Timeout, "no answer"},
		"never connect": {socketio09test.Faults{NoConnect: true}, engine.Timeout, "no answer"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, socketio09test.Options{}, func(t *testing.T, s *server) {
				s.Break(tt.faults)
				begun := time.Now()
				_, err := s.dial(t)
				if engine.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.text) {
					t.Errorf("Dial: %v, code %q; want %q with %q", err, engine.CodeOf(err), tt.code, tt.text)
				}
				if d := time.Since(begun); d > 8*time.Second {
					t.Errorf("Dial took %v", d)
				}
			})
		})
	}
	for _, base := range []string{"", "http://", "://x", "ftp://simulator"} {
		if _, err := socketio09.Dial(t.Context(), base, socketio09.Config{Connect: time.Second}); err == nil {
			t.Errorf("Dial(%q) worked", base)
		}
	}
}
