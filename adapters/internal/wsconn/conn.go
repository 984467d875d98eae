package wsconn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"botd/engine"
)

// Codes for [Conn.CloseWith]. CloseSilent sends a close frame that names no code.
const (
	CloseNormal    = websocket.CloseNormalClosure
	CloseGoingAway = websocket.CloseGoingAway
	CloseSilent    = websocket.CloseNoStatusReceived
	CloseAbnormal  = websocket.CloseAbnormalClosure // for no close frame at all, never sent
)

// keepBuffer is the largest read buffer a connection holds on to between messages.
const keepBuffer = 16 << 10

// Conn is one WebSocket connection, of either side.
type Conn struct {
	ws     *websocket.Conn
	stream *corked
	cfg    Config

	buf []byte // of Read
	err error  // what Read returned last; the library panics when read on after one

	space   chan struct{} // capacity 1: the queue has become shorter
	shut    chan struct{} // closed when no more messages are taken
	running sync.WaitGroup

	mu      sync.Mutex
	queue   []message
	spare   []message // the other half of a double buffer
	writing bool      // a drain is running
	closing bool      // by us
	refused bool      // shut is closed
	aborted bool
	failed  error // of the writer
	renewed time.Time
	pinger  *time.Timer
}

type message struct {
	kind int // of WebSocket; 0 for no message but a mark
	data []byte
	done chan struct{} // of a mark: closed when everything before it has left
}

func newConn(ws *websocket.Conn, stream *corked, cfg Config) *Conn {
	c := &Conn{ws: ws, stream: stream, cfg: cfg, space: make(chan struct{}, 1), shut: make(chan struct{})}
	ws.SetReadLimit(cfg.ReadLimit)
	ws.SetPingHandler(c.pinged)
	ws.SetPongHandler(c.ponged)
	if cfg.Plain {
		ws.SetCloseHandler(func(int, string) error { return nil })
	}
	c.renew()
	if cfg.PingEvery > 0 && !cfg.Plain {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.running.Add(1)
		c.pinger = time.AfterFunc(cfg.PingEvery, c.ping)
	}
	return c
}

// Read waits for the next message and returns its bytes, which are good until the
// next call. After an error every call returns the same one. Errors have code
// Timeout when the other side was silent for too long, else NotConnected.
func (c *Conn) Read() ([]byte, error) {
	if c.err != nil {
		return nil, c.err
	}
	if cap(c.buf) > keepBuffer {
		c.buf = nil
	}
	_, r, err := c.ws.NextReader()
	if err == nil {
		c.buf, err = readAll(r, c.buf[:0])
	}
	if err != nil {
		c.err = c.readError(err)
		return nil, c.err
	}
	c.renew()
	return c.buf, nil
}

// readAll is io.ReadAll with a buffer to use again.
func readAll(r io.Reader, buf []byte) ([]byte, error) {
	if cap(buf) == 0 {
		buf = make([]byte, 0, bufferSize)
	}
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, err
		case len(buf) == cap(buf):
			buf = append(buf, 0)[:len(buf)]
		}
	}
}

func (c *Conn) readError(err error) error {
	c.mu.Lock()
	closing, failed := c.closing, c.failed
	c.mu.Unlock()
	e := &engine.Error{Code: engine.NotConnected, Op: "read", Err: err}
	var bye *websocket.CloseError
	switch {
	case closing:
		e.Msg = "closed by us"
	case failed != nil:
		e.Op, e.Err, e.Msg = "write", failed, "connection lost"
	case errors.As(err, &bye):
		e.Msg = "the server closed the connection"
	case isTimeout(err):
		e.Code, e.Msg = engine.Timeout, fmt.Sprintf("no sign of life for %v", c.cfg.DeadAfter)
	case errors.Is(err, websocket.ErrReadLimit):
		e.Msg = fmt.Sprintf("a message of more than %d bytes", c.cfg.ReadLimit)
	default:
		e.Msg = "connection lost"
	}
	return e
}

// isTimeout sees timeouts also where the library has put its own error in their place.
func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// CloseCode returns the code of the close frame err came from: 1005 if it named
// none, 1006 if the connection ended without one.
func CloseCode(err error) int {
	var bye *websocket.CloseError
	if errors.As(err, &bye) {
		return bye.Code
	}
	return websocket.CloseAbnormalClosure
}

// renew moves the moment of death away. Once a second is enough, and spares two
// system clock readings and a timer for each message of a busy room.
func (c *Conn) renew() {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing || now.Sub(c.renewed) < time.Second {
		return
	}
	c.renewed = now
	c.ws.SetReadDeadline(now.Add(c.cfg.DeadAfter)) // its error shows in the next read
}

func (c *Conn) pinged(data string) error {
	c.renew()
	if c.cfg.OnPing != nil {
		c.cfg.OnPing()
	}
	if c.cfg.Plain {
		return nil
	}
	err := c.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(c.cfg.WriteTimeout))
	if errors.Is(err, websocket.ErrCloseSent) {
		return nil
	}
	return err
}

func (c *Conn) ponged(string) error {
	c.renew()
	if c.cfg.OnPong != nil {
		c.cfg.OnPong()
	}
	return nil
}

// ping runs on the timer's goroutine.
func (c *Conn) ping() {
	err := c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(c.cfg.WriteTimeout))
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || c.closing {
		c.running.Done()
		return
	}
	c.pinger.Reset(c.cfg.PingEvery)
}

// Write queues a text message; data must not be changed any more. It blocks while
// the queue is full, until ctx ends (code Timeout). Without a connection the code is
// NotConnected.
func (c *Conn) Write(ctx context.Context, data []byte) error {
	for {
		full, err := c.put(message{kind: websocket.TextMessage, data: data}, c.cfg.Queue)
		if !full {
			return err
		}
		select {
		case <-c.space:
		case <-c.shut:
		case <-ctx.Done():
			return &engine.Error{Code: engine.Timeout, Op: "write", Msg: "the server does not take what is sent", Err: ctx.Err()}
		}
	}
}

func (c *Conn) put(m message, limit int) (full bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing || c.failed != nil {
		return false, &engine.Error{Code: engine.NotConnected, Op: "write", Msg: "not connected", Err: c.failed}
	}
	if len(c.queue) >= limit {
		return true, nil
	}
	c.enqueue(m)
	return false, nil
}

// enqueue wants mu held.
func (c *Conn) enqueue(m message) {
	c.queue = append(c.queue, m)
	if !c.writing {
		c.writing = true
		c.running.Go(c.drain)
	}
}

// drain writes until the queue is empty. At most one runs at a time.
func (c *Conn) drain() {
	for {
		batch := c.take()
		if batch == nil {
			return
		}
		if err := c.writeAll(batch); err != nil {
			c.fail(err)
		}
	}
}

// take swaps the queue for an empty one, or says with nil that the drain is over.
func (c *Conn) take() []message {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 || c.failed != nil {
		for _, m := range c.queue {
			if m.done != nil {
				close(m.done)
			}
		}
		c.queue, c.spare, c.writing = nil, nil, false
		return nil
	}
	batch := c.queue
	c.queue, c.spare = c.spare[:0], batch
	select {
	case c.space <- struct{}{}:
	default:
	}
	return batch
}

func (c *Conn) writeAll(batch []message) error {
	c.stream.cork()
	var failed error
	for _, m := range batch {
		if failed == nil && m.kind != 0 {
			failed = c.ws.WriteMessage(m.kind, m.data)
		}
	}
	failed = errors.Join(failed, c.stream.uncork())
	for i, m := range batch {
		if m.done != nil {
			close(m.done)
		}
		batch[i] = message{}
	}
	return failed
}

// Flush waits until what was queued before has left, or cannot any more.
func (c *Conn) Flush() {
	done := make(chan struct{})
	c.mu.Lock()
	if c.closing || c.failed != nil {
		c.mu.Unlock()
		return
	}
	c.enqueue(message{done: done})
	c.mu.Unlock()
	<-done
}

// fail ends a connection that cannot be written to; Read returns the cause.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	if c.failed == nil {
		c.failed = err
	}
	c.refuse()
	c.mu.Unlock()
	c.stream.Close()
}

// refuse takes no more messages and wakes who waits to write one. It wants mu held.
func (c *Conn) refuse() {
	if !c.refused {
		c.refused = true
		close(c.shut)
	}
}

// Close says farewell: what is queued is written, then a close frame. It does not
// wait; Read fails when the other side has answered, or after the grace. Abort is
// still needed.
func (c *Conn) Close() { c.CloseWith(CloseNormal, "") }

// CloseWith is [Conn.Close] with a code and a reason for the other side.
func (c *Conn) CloseWith(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return
	}
	c.closing = true
	c.refuse()
	c.ws.SetReadDeadline(time.Now().Add(c.cfg.CloseGrace)) // a failure ends Read at once, which is as good
	if !c.cfg.Plain {
		c.enqueue(message{kind: websocket.CloseMessage, data: websocket.FormatCloseMessage(code, reason)})
	}
}

// Abort cuts the connection and returns when nothing of it runs any more. To be
// called once Read is of no more interest; further calls do nothing.
func (c *Conn) Abort() {
	c.mu.Lock()
	first := !c.aborted
	c.aborted, c.closing = true, true
	c.refuse()
	if first && c.pinger != nil && c.pinger.Stop() {
		c.running.Done()
	}
	c.mu.Unlock()
	c.stream.Close()
	c.running.Wait()
}

// Reset is an Abort that the other side sees as a broken connection rather than an
// orderly end, where the network makes that difference.
func (c *Conn) Reset() {
	if t, ok := c.stream.Conn.(*net.TCPConn); ok {
		t.SetLinger(0) // without it the end is merely politer
	}
	c.Abort()
}

// Inject writes bytes below the WebSocket protocol, to see what the other side makes
// of them.
func (c *Conn) Inject(raw []byte) error {
	_, err := c.stream.Write(raw)
	return err
}

// Quiet stops our pings, for a simulator that plays dead.
func (c *Conn) Quiet() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pinger != nil && c.pinger.Stop() {
		c.pinger = nil
		c.running.Done()
	}
}
