package adaptertest

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"
)

// Wire is a stream network in memory between the sessions, which Dial, and a
// simulator, which accepts: it is the [net.Listener] of an http.Server or of a loop
// of the simulator's own. It buffers without bound, like a generous kernel, and can
// [Wire.Break].
type Wire struct {
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once

	mu    sync.Mutex
	lag   time.Duration
	links map[*link]bool
}

var _ net.Listener = (*Wire)(nil)

// NewWire makes a wire that ends with tb.
func NewWire(tb testing.TB) *Wire {
	w := &Wire{accept: make(chan net.Conn), closed: make(chan struct{}), links: map[*link]bool{}}
	tb.Cleanup(func() { w.Close() })
	return w
}

// Dial connects to whoever accepts, under any address.
func (w *Wire) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	near, client := net.Pipe()
	server, far := net.Pipe()
	l := newLink(w, client, server)
	select {
	case w.accept <- far:
	case <-w.closed:
		l.cut()
		return nil, &net.OpError{Op: "dial", Net: network, Err: net.ErrClosed}
	case <-ctx.Done():
		l.cut()
		return nil, ctx.Err()
	}
	return near, nil
}

// Accept waits for the next Dial.
func (w *Wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.accept:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and cuts every connection.
func (w *Wire) Close() error {
	w.once.Do(func() { close(w.closed) })
	w.Break(Drop)
	return nil
}

// Addr is a name without meaning.
func (w *Wire) Addr() net.Addr { return wireAddr{} }

// Break does [Drop], [HalfOpen] and [Lag]. The faults that need to know the protocol
// are the simulator's own.
func (w *Wire) Break(f Fault) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch f {
	case Drop:
		for l := range w.links {
			l.cut()
		}
		clear(w.links)
	case HalfOpen:
		for l := range w.links {
			l.up.freeze()
			l.down.freeze()
		}
	case Lag:
		w.lag = LagDelay
	default:
		return false
	}
	return true
}

func (w *Wire) delay() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lag
}

func (w *Wire) forget(l *link) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.links, l)
}

type wireAddr struct{}

func (wireAddr) Network() string { return "memory" }
func (wireAddr) String() string  { return "simulator" }
