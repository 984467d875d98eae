package hackchat

import (
	"context"
	"sync"
	"time"

	"botd/adapters/internal/serial"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

// link is one connection of a session, from the dial to its end.
//
// Frames and timers are functions of loop, and emit. What Do and Caps read besides is
// guarded by mu; only functions of loop write it, so they read it without. Neither emit
// nor a receipt is ever given with mu held.
type link struct {
	s    *session
	conn *wsconn.Conn
	emit func(engine.Event)
	loop serial.Loop

	// turn has capacity 1; who put something in it may send. It makes the order on the
	// list of pending requests that of the wire.
	turn chan struct{}

	tries     int  // joins sent
	restoring bool // a token was sent instead
	token     string
	greeted   bool // the notice after the join has come
	held      departure
	leaving   map[string]bool // nicks whose kick or ban was told before they went
	banished  map[string]bool // nicks whose kick was told with its target
	renamed   string          // "a is now b", already told
	seen      time.Time       // when the channel we are in was last certain
	reclaimed time.Time       // when the nick was last asked back
	muted     bool
	bad       int // frames that made no sense

	mu       sync.Mutex
	closed   bool
	reason   error // why we end the connection
	gen      generation
	me       *member // nil until joined
	p2       bool    // the connection speaks protocol 2
	captcha  bool    // the next line said answers a captcha
	edits    map[engine.MessageID]*edit
	roster   roster
	pending  []*pending
	expiring bool   // a timer is set that expires pending requests
	lastID   uint64 // of customIds
}

func newLink(s *session, conn *wsconn.Conn, emit func(engine.Event)) *link {
	return &link{
		s: s, conn: conn, emit: emit, turn: make(chan struct{}, 1),
		leaving: map[string]bool{}, banished: map[string]bool{},
		edits: map[engine.MessageID]*edit{},
	}
}

// end gives the last receipts and waits for the timers.
func (l *link) end() {
	l.abandon()
	l.loop.End()
}

// quit ends the connection in good order; Run returns reason.
func (l *link) quit(reason *engine.Error) {
	l.mu.Lock()
	first := l.reason == nil
	if first {
		l.reason = reason
	}
	l.mu.Unlock()
	if first {
		l.conn.Close()
	}
}

func (l *link) quitting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reason != nil
}

func (l *link) caps() engine.Capabilities {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.capsLocked()
}

func (l *link) capsLocked() engine.Capabilities {
	gen, level := gen2026, int64(levelDefault)
	if l.me != nil {
		gen, level = l.gen, l.me.level
	}
	return gen.caps(level, l.s.settings.URL)
}

// send puts a request on the wire, in the order of the calls. p joins the list
// before, so that no answer can be early.
func (l *link) send(ctx context.Context, p *pending, b []byte) error {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return &engine.Error{Code: engine.Timeout, Op: p.cmd, Msg: "the server does not take what is sent", Err: ctx.Err()}
	}
	defer func() { <-l.turn }()
	if err := l.expect(ctx, p); err != nil {
		return err
	}
	err := l.conn.Write(ctx, b)
	if err == nil || p.unanswered {
		return err
	}
	if !l.claim(p) {
		return nil // it has its receipt
	}
	if p.stop != nil {
		p.stop()
	}
	return err
}

// ask sends a request of the session's own. It never waits: if others are sending,
// there are better times.
func (l *link) ask(p *pending, r request) {
	select {
	case l.turn <- struct{}{}:
	default:
		return
	}
	defer func() { <-l.turn }()
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // a full queue is an error, not a reason to wait
	if l.expect(context.Background(), p) != nil {
		return
	}
	if err := l.conn.Write(ctx, r.encode()); err != nil {
		l.claim(p)
	}
}
