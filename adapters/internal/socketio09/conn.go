package socketio09

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"botd/adapters/internal/wsconn"
	"botd/engine"
)

// Config holds what a connection may be told. The zero value is ready for use.
type Config struct {
	// Dial opens the streams for the handshake and the WebSocket; nil uses the operating
	// system.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Connect bounds a whole Dial: handshake, WebSocket and connect packet. 8 s.
	Connect time.Duration
	// Bad is told, on the goroutine of Read, about frames that are no packets. They are
	// dropped, as the library does.
	Bad func(frame string, err error)
}

// readLimit is the largest frame: lists of users are long.
const readLimit = 1 << 20

// never is the timeout of a connection whose server sends no heartbeats.
const never = 10 * 365 * 24 * time.Hour

// ErrDisconnected is what [Conn.Read] returns, wrapped, once the server has ended the
// session with a disconnect packet.
var ErrDisconnected = errors.New("the server ended the session")

// Conn is a session of Socket.IO. Read belongs to one goroutine; everything else may be
// called from any.
type Conn struct {
	ws      *wsconn.Conn
	bad     func(string, error)
	waiting []string // packets of a frame that held several
}

// Dial opens a session with the server at base, http://host:port or https, and returns
// when the server has sent the connect packet. Errors have code Denied if the server
// does not let us in, Invalid for a bad address, else NotConnected or Timeout.
func Dial(ctx context.Context, base string, cfg Config) (*Conn, error) {
	if cfg.Connect == 0 {
		cfg.Connect = 8 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.Connect)
	defer cancel()
	hs, err := handshake(ctx, base, cfg)
	if err != nil {
		return nil, err
	}
	dead := hs.Heartbeat
	if dead == 0 {
		dead = never
	}
	ws, err := wsconn.Dial(ctx, "ws"+strings.TrimPrefix(base, "http")+"/socket.io/1/websocket/"+hs.SID, wsconn.Config{
		Dial: cfg.Dial, Handshake: cfg.Connect, DeadAfter: dead, ReadLimit: readLimit, Plain: true,
	})
	if err != nil {
		return nil, err
	}
	c := &Conn{ws: ws, bad: cfg.Bad}
	if err := c.awaitConnect(ctx); err != nil {
		ws.Abort()
		return nil, err
	}
	return c, nil
}

// awaitConnect reads until the connect packet, or ctx ends.
func (c *Conn) awaitConnect(ctx context.Context) error {
	aborted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(aborted)
		c.ws.Abort()
	})
	err := c.readConnect()
	if !stop() {
		<-aborted
		return failed("connect", ctx.Err())
	}
	return err
}

func (c *Conn) readConnect() error {
	for {
		p, err := c.next()
		if err != nil {
			return err
		}
		if p.Type == Connect && p.Endpoint == "" {
			return nil
		}
		if _, err := c.control(p); err != nil {
			return err
		}
	}
}

// Read waits for the next packet with data on the root endpoint: a Message, JSON, Event
// or Ack. It answers heartbeats and what wants to be acknowledged. After an error every
// call returns one. Errors have code Timeout when the server fell silent, Denied when it
// said so, else NotConnected.
func (c *Conn) Read() (Packet, error) {
	for {
		p, err := c.next()
		if err != nil {
			return Packet{}, err
		}
		forUs, err := c.control(p)
		if err != nil || forUs {
			return p, err
		}
	}
}

// next is the next packet of whatever kind.
func (c *Conn) next() (Packet, error) {
	for {
		if len(c.waiting) == 0 {
			b, err := c.ws.Read()
			if err != nil {
				return Packet{}, err
			}
			c.waiting = Split(strings.ToValidUTF8(string(b), "\uFFFD"))
			continue
		}
		frame := c.waiting[0]
		c.waiting = c.waiting[1:]
		p, err := Parse(frame)
		if err == nil {
			return p, nil
		}
		if c.bad != nil {
			c.bad(frame, err)
		}
	}
}

// control does what the protocol itself asks for. It returns true for a packet that is
// for the application.
func (c *Conn) control(p Packet) (bool, error) {
	switch p.Type {
	case Heartbeat:
		c.send(Packet{Type: Heartbeat})
	case Disconnect:
		if p.Endpoint == "" {
			return false, &engine.Error{Code: engine.NotConnected, Op: "read", Msg: ErrDisconnected.Error(), Err: ErrDisconnected}
		}
	case Error:
		if p.Endpoint == "" {
			return false, refusal(p)
		}
	case Message, JSON, Event, Ack:
		if ack, ok := p.Ack(); ok {
			c.send(ack)
		}
		return p.Endpoint == "", nil
	}
	return false, nil
}

func refusal(p Packet) error {
	reason, advice := p.Failure()
	e := &engine.Error{Code: engine.NotConnected, Op: "read", Msg: "the server refuses: " + reason}
	if reason == reasons["2"] && advice == "" {
		e.Code = engine.Denied
	}
	return e
}

// send never waits: a full queue means that the connection is stuck, which shows in the
// next read.
func (c *Conn) send(p Packet) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c.ws.Write(ctx, []byte(p.String()))
}

// Write queues a packet. It blocks while the queue is full, until ctx ends (code
// Timeout). Without a connection the code is NotConnected.
func (c *Conn) Write(ctx context.Context, p Packet) error { return c.ws.Write(ctx, []byte(p.String())) }

// Emit queues an event.
func (c *Conn) Emit(ctx context.Context, name string, args ...any) error {
	p, err := NewEvent(name, args...)
	if err != nil {
		return err
	}
	return c.Write(ctx, p)
}

// Close ends the session in good order: what is queued is written, then a disconnect
// packet. It does not wait; Read fails when the server has ended the connection, or
// half a second later. Abort is still needed.
func (c *Conn) Close() {
	c.send(Packet{Type: Disconnect})
	c.ws.Close()
}

// Abort cuts the connection and returns when nothing of it runs any more.
func (c *Conn) Abort() { c.ws.Abort() }
