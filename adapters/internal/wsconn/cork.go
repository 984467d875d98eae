package wsconn

import (
	"net"
	"sync"
	"time"
)

// corkSize is how many bytes gather before they are written even while corked.
const corkSize = 16 << 10

var corkBuffers = sync.Pool{New: func() any { return new([]byte) }}

// corked is the stream under a connection. Between cork and uncork it gathers what
// is written, so that many frames leave in one system call.
type corked struct {
	net.Conn
	timeout time.Duration
	// turn has capacity 1; who put something in it owns the fields below and the right
	// to write. It is a channel because a goroutine that waits for a mutex during a slow
	// write would stop the clock of a testing/synctest bubble.
	turn chan struct{}
	held bool
	buf  *[]byte
	err  error // of a write in the past; the stream is useless then
}

func newCorked(c net.Conn, timeout time.Duration) *corked {
	return &corked{Conn: c, timeout: timeout, turn: make(chan struct{}, 1)}
}

func (c *corked) cork() {
	c.turn <- struct{}{}
	defer c.release()
	c.held = true
	c.buf = corkBuffers.Get().(*[]byte)
}

func (c *corked) uncork() error {
	c.turn <- struct{}{}
	defer c.release()
	c.held = false
	err := c.flush()
	if cap(*c.buf) <= 2*corkSize {
		corkBuffers.Put(c.buf)
	}
	c.buf = nil
	return err
}

func (c *corked) Write(p []byte) (int, error) {
	c.turn <- struct{}{}
	defer c.release()
	if !c.held {
		return len(p), c.send(p)
	}
	*c.buf = append(*c.buf, p...)
	if len(*c.buf) < corkSize {
		return len(p), nil
	}
	return len(p), c.flush()
}

func (c *corked) flush() error {
	err := c.send(*c.buf)
	*c.buf = (*c.buf)[:0]
	return err
}

func (c *corked) send(p []byte) error {
	if c.err != nil || len(p) == 0 {
		return c.err
	}
	if err := c.Conn.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		c.err = err
		return err
	}
	_, c.err = c.Conn.Write(p)
	return c.err
}

func (c *corked) release() { <-c.turn }

// SetWriteDeadline does nothing: send gives each write its own deadline, when the
// bytes really leave.
func (c *corked) SetWriteDeadline(time.Time) error { return nil }
