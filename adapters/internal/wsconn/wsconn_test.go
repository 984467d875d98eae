package wsconn_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"botd/adapters/adaptertest"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair is both ends of a connection over a wire in memory.
type pair struct {
	client, server *wsconn.Conn
	wire           *adaptertest.Wire
}

// connect makes a pair inside a bubble. Over, if not nil, wraps the client's stream.
func connect(t *testing.T, client, server wsconn.Config, over func(net.Conn) net.Conn) *pair {
	t.Helper()
	p := &pair{wire: adaptertest.NewWire(t)}
	accepted := make(chan *wsconn.Conn, 1)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := wsconn.Accept(w, r, server)
		if err != nil {
			t.Errorf("Accept: %v", err)
			return
		}
		accepted <- c
	})}
	go srv.Serve(p.wire)
	client.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := p.wire.Dial(ctx, network, addr)
		if err == nil && over != nil {
			c = over(c)
		}
		return c, err
	}
	var err error
	if p.client, err = wsconn.Dial(t.Context(), "ws://simulator/", client); err != nil {
		t.Fatalf("Dial: %v", err)
	}
	p.server = <-accepted
	t.Cleanup(func() {
		p.client.Abort()
		p.server.Abort()
		srv.Close()
	})
	return p
}

func TestEcho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := connect(t, wsconn.Config{}, wsconn.Config{}, nil)
		for _, want := range []string{"", "hello", strings.Repeat("long ", 10_000)} {
			if err := p.client.Write(t.Context(), []byte(want)); err != nil {
				t.Fatal(err)
			}
			got, err := p.server.Read()
			if err != nil || string(got) != want {
				t.Fatalf("got %d bytes, %v; want %d", len(got), err, len(want))
			}
		}
	})
}

// gatedConn counts the writes that reach the network, and holds them up until its
// gate is open.
type gatedConn struct {
	net.Conn
	writes atomic.Int64
	gate   atomic.Pointer[chan struct{}]
}

func (c *gatedConn) Write(p []byte) (int, error) {
	if gate := c.gate.Load(); gate != nil {
		<-*gate
	}
	c.writes.Add(1)
	return c.Conn.Write(p)
}

func TestManyFramesLeaveInFewWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &gatedConn{}
		p := connect(t, wsconn.Config{}, wsconn.Config{}, func(inner net.Conn) net.Conn { c.Conn = inner; return c })
		gate := make(chan struct{})
		c.gate.Store(&gate)
		c.writes.Store(0)
		const frames = 200
		for i := range frames {
			if err := p.client.Write(t.Context(), fmt.Appendf(nil, "frame %d", i)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		close(gate)
		for i := range frames {
			got, err := p.server.Read()
			if want := fmt.Sprintf("frame %d", i); err != nil || string(got) != want {
				t.Fatalf("got %q, %v; want %q", got, err, want)
			}
		}
		if n := c.writes.Load(); n > 3 {
			t.Errorf("%d frames took %d writes, want at most 3", frames, n)
		}
	})
}

func TestSilenceIsDeath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := connect(t, wsconn.Config{DeadAfter: 45 * time.Second, PingEvery: -1}, wsconn.Config{PingEvery: -1}, nil)
		start := time.Now()
		_, err := p.client.Read()
		if engine.CodeOf(err) != engine.Timeout {
			t.Errorf("Read: %v, code %q; want timeout", err, engine.CodeOf(err))
		}
		if d := time.Since(start); d < 44*time.Second || d > 45*time.Second {
			t.Errorf("died after %v, want about 45s", d)
		}
	})
}

func TestPingsKeepBothSidesAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pings atomic.Int64
		p := connect(t, wsconn.Config{}, wsconn.Config{PingEvery: -1, OnPing: func() { pings.Add(1) }}, nil)
		var ended sync.WaitGroup
		for _, c := range []*wsconn.Conn{p.client, p.server} {
			ended.Go(func() { c.Read() })
		}
		time.Sleep(10*time.Minute + time.Second)
		if n := pings.Load(); n != 20 {
			t.Errorf("%d pings in ten minutes, want 20", n)
		}
		if err := p.server.Write(t.Context(), []byte("x")); err != nil {
			t.Errorf("Write after ten quiet minutes: %v", err)
		}
		p.client.Abort()
		ended.Wait()
	})
}

// TestPlain: a plain client sends no control frame, whatever comes.
func TestPlain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pings, pongs atomic.Int64
		p := connect(t, wsconn.Config{Plain: true, OnPing: func() { pings.Add(1) }},
			wsconn.Config{PingEvery: 10 * time.Second, DeadAfter: time.Hour, OnPong: func() { pongs.Add(1) },
				OnPing: func() { t.Error("a ping came") }}, nil)
		read := make(chan error, 2)
		for _, c := range []*wsconn.Conn{p.client, p.server} {
			go func() {
				_, err := c.Read()
				read <- err
			}()
		}
		time.Sleep(time.Minute)
		p.client.Close()
		begun := time.Now()
		if err := <-read; engine.CodeOf(err) != engine.NotConnected || time.Since(begun) > time.Second {
			t.Errorf("Close: Read ended after %v with %v", time.Since(begun), err)
		}
		p.client.Abort()
		if err := <-read; wsconn.CloseCode(err) != wsconn.CloseAbnormal {
			t.Errorf("the server read %v, want an end without a close frame", err)
		}
		if pings.Load() < 5 || pongs.Load() != 0 {
			t.Errorf("%d pings came and %d were answered, want 5 and none", pings.Load(), pongs.Load())
		}
	})
}

func TestHalfOpenIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := connect(t, wsconn.Config{DeadAfter: 45 * time.Second}, wsconn.Config{}, nil)
		p.wire.Break(adaptertest.HalfOpen)
		if _, err := p.client.Read(); engine.CodeOf(err) != engine.Timeout {
			t.Errorf("Read: %v; want code timeout", err)
		}
	})
}

func TestWriteToAStuckPeerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		p := connect(t, wsconn.Config{Queue: 4}, wsconn.Config{}, func(c net.Conn) net.Conn { return &stuckConn{Conn: c, stuck: stuck} })
		close(stuck)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		var err error
		for range 100 {
			if err = p.client.Write(ctx, []byte("x")); err != nil {
				break
			}
		}
		if engine.CodeOf(err) != engine.Timeout {
			t.Errorf("Write into a full queue: %v; want code timeout", err)
		}
		start := time.Now()
		if _, err := p.client.Read(); err == nil {
			t.Error("Read works although nothing can be written")
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("the stuck write was given up after %v, want at most 10s", d)
		}
		if err := p.client.Write(t.Context(), []byte("x")); engine.CodeOf(err) != engine.NotConnected {
			t.Errorf("Write after the end: %v; want code not_connected", err)
		}
	})
}

// TestBlockedWritersAreFreed: whoever waits for room in the queue learns of the end.
func TestBlockedWritersAreFreed(t *testing.T) {
	ends := map[string]func(*pair){
		"close":    func(p *pair) { p.client.Close() },
		"abort":    func(p *pair) { p.client.Abort() },
		"wire cut": func(p *pair) { p.wire.Break(adaptertest.Drop) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &gatedConn{}
				p := connect(t, wsconn.Config{Queue: 2}, wsconn.Config{}, func(inner net.Conn) net.Conn { c.Conn = inner; return c })
				gate := make(chan struct{})
				c.gate.Store(&gate)
				var writers sync.WaitGroup
				for range 20 {
					writers.Go(func() {
						for p.client.Write(context.Background(), []byte("x")) == nil {
						}
					})
				}
				synctest.Wait()
				time.AfterFunc(time.Second, func() { close(gate) })
				end(p)
				writers.Wait()
				p.client.Flush()
			})
		})
	}
}

// stuckConn takes nothing more once stuck is closed, until its deadline.
type stuckConn struct {
	net.Conn
	stuck    chan struct{}
	deadline time.Time
}

func (c *stuckConn) SetWriteDeadline(t time.Time) error { c.deadline = t; return nil }
func (c *stuckConn) Write(p []byte) (int, error) {
	select {
	case <-c.stuck:
		time.Sleep(time.Until(c.deadline))
		return 0, errors.New("stuck")
	default:
		return c.Conn.Write(p)
	}
}

func TestCloseIsOrderlyAndQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := connect(t, wsconn.Config{}, wsconn.Config{}, nil)
		for i := range 5 {
			p.client.Write(t.Context(), fmt.Appendf(nil, "%d", i))
		}
		p.client.Close()
		if err := p.client.Write(t.Context(), []byte("late")); engine.CodeOf(err) != engine.NotConnected {
			t.Errorf("Write after Close: %v; want code not_connected", err)
		}
		for i := range 5 {
			if got, err := p.server.Read(); string(got) != fmt.Sprint(i) {
				t.Fatalf("message %d: %q, %v", i, got, err)
			}
		}
		if _, err := p.server.Read(); wsconn.CloseCode(err) != wsconn.CloseNormal {
			t.Errorf("the server saw %v, want close code 1000", err)
		}
		start := time.Now()
		if _, err := p.client.Read(); err == nil {
			t.Error("Read works after Close")
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("the farewell took %v", d)
		}
	})
}

func TestCloseDoesNotWaitForASilentPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := connect(t, wsconn.Config{}, wsconn.Config{}, nil)
		p.wire.Break(adaptertest.HalfOpen)
		start := time.Now()
		p.client.Close()
		p.client.Read()
		p.client.Abort()
		if d := time.Since(start); d != 500*time.Millisecond {
			t.Errorf("closing took %v, want 500ms", d)
		}
	})
}

func TestCloseCodes(t *testing.T) {
	tests := map[string]struct {
		end  func(*pair)
		want int
	}{
		"with a code": {func(p *pair) { p.server.CloseWith(wsconn.CloseGoingAway, "restart") }, 1001},
		"silent":      {func(p *pair) { p.server.CloseWith(wsconn.CloseSilent, "") }, 1005},
		"abrupt":      {func(p *pair) { p.server.Reset() }, 1006},
		"wire cut":    {func(p *pair) { p.wire.Break(adaptertest.Drop) }, 1006},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := connect(t, wsconn.Config{}, wsconn.Config{}, nil)
				tt.end(p)
				_, err := p.client.Read()
				if got := wsconn.CloseCode(err); got != tt.want || engine.CodeOf(err) != engine.NotConnected {
					t.Errorf("close code %d, %v (code %q); want %d, not_connected", got, err, engine.CodeOf(err), tt.want)
				}
			})
		})
	}
}

func TestReadAfterErrors(t *testing.T) {
	tests := map[string]func(*pair){
		"garbage":   func(p *pair) { p.server.Inject(bytes.Repeat([]byte{0xff}, 64)) },
		"oversized": func(p *pair) { p.server.Write(context.Background(), make([]byte, 300<<10)) },
	}
	for name, harm := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := connect(t, wsconn.Config{}, wsconn.Config{}, nil)
				harm(p)
				_, first := p.client.Read()
				if engine.CodeOf(first) != engine.NotConnected {
					t.Fatalf("Read: %v; want code not_connected", first)
				}
				for range 2000 { // the library would panic
					if _, err := p.client.Read(); err != first {
						t.Fatalf("Read again: %v; want the same error", err)
					}
				}
			})
		})
	}
}

func TestDialErrors(t *testing.T) {
	answer := func(status int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
		}
	}
	tests := map[string]struct {
		handler http.HandlerFunc
		code    engine.Code
		retry   time.Duration
	}{
		"unauthorized": {answer(401), engine.Denied, 0},
		"forbidden":    {answer(403), engine.Denied, 0},
		"too many":     {answer(429, "Retry-After", "17"), engine.RateLimited, 17 * time.Second},
		"down":         {answer(502), engine.NotConnected, 0},
		"no websocket": {answer(200), engine.NotConnected, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(tt.handler)
			defer srv.Close()
			_, err := wsconn.Dial(t.Context(), "ws"+strings.TrimPrefix(srv.URL, "http"), wsconn.Config{})
			if e := engine.AsError(err); e == nil || e.Code != tt.code || e.RetryAfter != tt.retry {
				t.Errorf("%v, code %q; want %q, retry %v", err, engine.CodeOf(err), tt.code, tt.retry)
			}
		})
	}
	for _, bad := range []string{"", "hack.chat", "http://hack.chat", "wss://", "ws:///x", "%"} {
		if _, err := wsconn.Dial(t.Context(), bad, wsconn.Config{}); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("Dial(%q): %v; want code invalid", bad, err)
		}
	}
}

// deaf is a server that accepts and never answers.
func deaf(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
	wire := adaptertest.NewWire(t)
	go func() {
		for {
			if _, err := wire.Accept(); err != nil {
				return
			}
		}
	}()
	return wire.Dial
}

func TestHandshakeTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := wsconn.Dial(t.Context(), "ws://simulator/", wsconn.Config{Dial: deaf(t)})
		if engine.CodeOf(err) != engine.Timeout || time.Since(start) != 15*time.Second {
			t.Errorf("%v (code %q) after %v; want timeout after 15s", err, engine.CodeOf(err), time.Since(start))
		}
	})
}

func TestHandshakeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		if _, err := wsconn.Dial(ctx, "ws://simulator/", wsconn.Config{Dial: deaf(t)}); err == nil {
			t.Error("Dial succeeded")
		}
		if d := time.Since(start); d != time.Second {
			t.Errorf("Dial returned after %v, want 1s", d)
		}
	})
}

func TestTLS(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := wsconn.Accept(w, r, wsconn.Config{})
		if err != nil {
			t.Errorf("Accept: %v", err)
			return
		}
		defer c.Abort()
		if msg, err := c.Read(); err == nil {
			c.Write(r.Context(), bytes.Clone(msg))
		}
		c.Read()
	}))
	defer srv.Close()
	address := "wss" + strings.TrimPrefix(srv.URL, "https")
	if _, err := wsconn.Dial(t.Context(), address, wsconn.Config{}); engine.CodeOf(err) != engine.NotConnected {
		t.Errorf("Dial with an unknown certificate: %v; want code not_connected", err)
	}
	c, err := wsconn.Dial(t.Context(), address, wsconn.Config{TLS: srv.Client().Transport.(*http.Transport).TLSClientConfig})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Abort()
	c.Write(t.Context(), []byte("secret"))
	if got, err := c.Read(); string(got) != "secret" {
		t.Errorf("Read: %q, %v", got, err)
	}
	c.Close()
	c.Read()
}
