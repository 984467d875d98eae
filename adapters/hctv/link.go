package hctv

import (
	"context"
	"sync"
	"time"

	"botd/adapters/internal/wsconn"
	"botd/engine"
)

// link is one connection of a session, from the dial to its end.
//
// Frames and timers take in, one at a time, and emit while they hold it. What Do and
// Caps read besides is guarded by the session's mu, which is never held while an event is
// emitted or a receipt given.
type link struct {
	s    *session
	conn *wsconn.Conn
	emit func(engine.Event)

	timers sync.WaitGroup

	in    sync.Mutex
	ended bool // nothing may be emitted any more
	stops map[string]func()
	bad   int // frames that made no sense

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
	return &link{s: s, conn: conn, emit: emit, stops: map[string]func(){}}
}

// after calls f with in held, unless the link has ended by then. The link waits for it in
// end.
func (l *link) after(d time.Duration, f func()) (stop func()) {
	l.timers.Add(1)
	t := time.AfterFunc(d, func() {
		defer l.timers.Done()
		l.in.Lock()
		defer l.in.Unlock()
		if !l.ended {
			f()
		}
	})
	return func() {
		if t.Stop() {
			l.timers.Done()
		}
	}
}

// set starts the timer of a name; clear stops it. They want in held.
func (l *link) set(name string, d time.Duration, f func()) {
	l.clear(name)
	l.stops[name] = l.after(d, f)
}

func (l *link) clear(name string) {
	if stop := l.stops[name]; stop != nil {
		stop()
		delete(l.stops, name)
	}
}

// farewell is how long saving the memory may hold up the end of Run.
const farewell = 500 * time.Millisecond

// end gives the last receipts and waits for the timers.
func (l *link) end() {
	l.abandon()
	l.in.Lock()
	l.ended = true
	for name := range l.stops {
		l.clear(name)
	}
	l.in.Unlock()
	l.timers.Wait()
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
	l.in.Lock()
	defer l.in.Unlock()
	l.set("login", loginTime, func() {
		l.quit(&engine.Error{Code: engine.Timeout, Op: "login", Msg: "the server did not say who we are"})
	})
	l.set("ping", pingTime, l.ping)
	l.set("save", saveTime, l.remember)
}

var pingFrame = []byte(`{"type":"ping"}`)

func (l *link) ping() {
	l.conn.Write(context.Background(), pingFrame) // an error shows in the next read
	l.set("ping", pingTime, l.ping)
}

// remember saves beside the connection, which a slow disk must not hold up.
func (l *link) remember() {
	l.timers.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), saveTime/2)
		defer cancel()
		l.s.save(ctx)
	})
	l.set("save", saveTime, l.remember)
}
