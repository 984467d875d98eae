package hackchat

import (
	"context"
	"sync"
	"time"

	"botd/adapters/internal/inflight"
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

	asked *inflight.Requests[*pending]

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

	mu      sync.Mutex
	closed  bool
	reason  error // why we end the connection
	gen     generation
	me      *member // nil until joined
	p2      bool    // the connection speaks protocol 2
	captcha bool    // the next line said answers a captcha
	edits   map[engine.MessageID]*edit
	roster  roster
	lastID  uint64 // of customIds
}

func newLink(s *session, conn *wsconn.Conn, emit func(engine.Event)) *link {
	l := &link{
		s: s, conn: conn, emit: emit,
		leaving: map[string]bool{}, banished: map[string]bool{},
		edits: map[engine.MessageID]*edit{},
	}
	l.asked = inflight.New(&l.loop, proofTime, "no proof in time", (*pending).finish)
	return l
}

// end gives the last receipts and waits for the timers.
func (l *link) end() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.asked.Close()
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

// send puts a request on the wire.
func (l *link) send(ctx context.Context, p *pending, b []byte) error {
	write := func() error { return l.conn.Write(ctx, b) }
	if p.unanswered {
		return l.asked.Post(ctx, write)
	}
	return l.asked.Send(ctx, p, write)
}

// ask sends a request of the session's own.
func (l *link) ask(p *pending, r request) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // a full queue is an error, not a reason to wait
	l.asked.Try(p, func() error { return l.conn.Write(ctx, r.encode()) })
}
