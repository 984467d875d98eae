package hctv

import (
	"context"
	"time"

	"botd/adapters/internal/serial"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

// link is one connection of a session, from the dial to its end.
//
// Frames and timers are functions of loop, and emit. What Do and Caps read besides is guarded by the session's mu, which is never held while an event is
// emitted or a receipt given.
type link struct {
	s    *session
	conn *wsconn.Conn
	emit func(engine.Event)
	loop serial.Loop

	bad int // frames that made no sense

	// Under the session's mu:
	closed    bool
	reason    error // why we end the connection
	me        engine.User
	online    bool // logged in
	moderates bool // may moderate now, as far as is known
	exempt    bool // from rate limit and slow mode, as of the login
	paused    time.Time
	lanes     [laneCount]lane
}

func newLink(s *session, conn *wsconn.Conn, emit func(engine.Event)) *link {
	return &link{s: s, conn: conn, emit: emit}
}

// farewell is how long saving the memory may hold up the end of Run.
const farewell = 500 * time.Millisecond

// end gives the last receipts and waits for the timers.
func (l *link) end() {
	l.abandon()
	l.loop.End()
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	l.s.save(ctx)
}

// quit ends the connection in good order; Run returns reason.
func (l *link) quit(reason *engine.Error) {
	l.s.mu.Lock()
	first := l.reason == nil
	if first {
		l.reason = reason
	}
	l.s.mu.Unlock()
	if first {
		l.conn.Close()
	}
}

// outcome is why Run ends, given what ended the reading.
func (l *link) outcome(ctx context.Context, err error) error {
	l.s.mu.Lock()
	reason, online := l.reason, l.online
	l.s.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case reason != nil:
		return reason
	case !online && wsconn.CloseCode(err) == wsconn.CloseSilent:
		return l.s.refusal()
	}
	return err
}

// begin starts what the connection does by itself.
func (l *link) begin() {
	l.loop.Set("login", loginTime, func() {
		l.quit(&engine.Error{Code: engine.Timeout, Op: "login", Msg: "the server did not say who we are"})
	})
	l.loop.Set("ping", pingTime, l.ping)
	l.loop.Set("save", saveTime, l.remember)
}

var pingFrame = []byte(`{"type":"ping"}`)

func (l *link) ping() {
	l.conn.Write(context.Background(), pingFrame) // an error shows in the next read
	l.loop.Set("ping", pingTime, l.ping)
}

// remember saves beside the connection, which a slow disk must not hold up.
func (l *link) remember() {
	l.loop.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), saveTime/2)
		defer cancel()
		l.s.save(ctx)
	})
	l.loop.Set("save", saveTime, l.remember)
}
