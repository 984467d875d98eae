package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/outbox"
)

// unit is one Session value that is kept alive. Its goroutine is the only one that
// calls Run; the session's goroutines call emit, everybody else goes through the
// outbox.
type unit struct {
	sup     *Supervisor
	session *session
	log     *slog.Logger
	out     *outbox.Outbox
	after   <-chan struct{}    // the unit's time is after this is closed; nil means now
	cancel  context.CancelFunc // ends the unit; nil before launch; guarded by sup.mu
	done    chan struct{}
	again   chan struct{} // capacity 1: somebody wants a new connection now

	mu      sync.Mutex
	ctx     context.Context // of the attempt that runs; for Do, since actions end with their connection
	drop    context.CancelFunc
	conn    engine.Session
	made    []engine.RoomID // the rooms conn was made with
	rooms   []engine.RoomID // the rooms to be in
	health  Health
	in      map[engine.RoomID]presence  // where it is now
	lost    map[engine.RoomID]time.Time // where it was: the last sign of life from then
	last    time.Time                   // the last event
	gaps    map[engine.RoomID]Gaps      // told of since the unit was made
	slot    func()                      // gives the handshake slot back
	joiners []func(error)               // want to know how connecting ends
	leavers []func()                    // want to know when it has ended
	still   stillness
	stirs   uint64 // how often still became busy
}

// presence is a room the unit is in.
type presence struct {
	room engine.Room
	me   engine.User
}

func (s *Supervisor) newUnit(ss *session, rooms []engine.RoomID) (*unit, error) {
	u := &unit{
		sup:     s,
		session: ss,
		log:     ss.log,
		done:    make(chan struct{}),
		again:   make(chan struct{}, 1),
		ctx:     context.Background(),
		rooms:   rooms,
		health:  Health{State: Waiting, Since: s.now()},
		in:      make(map[engine.RoomID]presence),
		lost:    make(map[engine.RoomID]time.Time),
		gaps:    map[engine.RoomID]Gaps{},
	}
	if ss.Adapter.PerRoom {
		u.log = u.log.With("room", rooms[0])
	}
	if err := u.make(); err != nil {
		return nil, err
	}
	cfg := s.opt.Outbox
	cfg.Session, cfg.Caps, cfg.Do = ss.Name, u.caps, u.do
	if s, ok := u.conn.(engine.Splitter); ok { // those made later split alike
		cfg.Split = s.Split
	}
	cfg.Clock, cfg.Log, cfg.Shared = s.opt.Clock, u.log, s.bucket
	u.out = outbox.New(cfg)
	return u, nil
}

// make makes the session value, for the rooms it is to be in now.
func (u *unit) make() error {
	ss := u.session
	rooms := slices.Clone(u.rooms)
	env := engine.Env{Session: ss.Name, Rooms: rooms, Log: u.log, Clock: u.sup.opt.Clock, Dial: u.sup.opt.Dial}
	env.Pay = func(r engine.Rate, points float64) bool { return u.out.Pay(r, points) }
	if of := u.sup.opt.Keep; of != nil {
		env.Keep = of(ss.Name)
	}
	if of := u.sup.opt.Dir; of != nil {
		env.Dir = of(ss.Name)
	}
	if of := u.sup.opt.Vault; of != nil {
		env.Vault = of(ss.Name)
	}
	env.Handled = u.sup.opt.Handled
	if of := u.sup.opt.Delivered; of != nil {
		env.Delivered = of(ss.Name)
	}
	conn, err := ss.Adapter.New(ss.Settings, env)
	if err != nil {
		return fmt.Errorf("session %q: %w", ss.Name, err)
	}
	u.conn, u.made = conn, rooms
	return nil
}

// home is the room of a unit that has just one, else "".
func (u *unit) home() engine.RoomID {
	if u.session.Adapter.PerRoom {
		return u.rooms[0]
	}
	return ""
}

// name is how people are told of the unit.
func (u *unit) name() engine.RoomPath {
	if u.session.Adapter.PerRoom {
		return engine.Path(u.session.Name, u.home())
	}
	return engine.RoomPath(u.session.Name)
}

// life is the unit's goroutine: it connects again and again until ctx ends.
func (u *unit) life(ctx context.Context) {
	defer u.end()
	if u.after != nil {
		<-u.after // whatever ctx says: who waits for this unit waits for the one before too
	}
	for failures, more := 0, true; more && u.handshake(ctx); {
		online, err := u.attempt(ctx)
		if ctx.Err() != nil {
			u.disconnected("stopped", 0)
			return
		}
		if online >= u.sup.opt.Backoff.Stable {
			failures = 0
		}
		failures, more = u.rest(ctx, failures, err)
	}
}

// handshake waits for the unit's turn to connect; false means that it is to end.
func (u *unit) handshake(ctx context.Context) bool {
	if !u.afford(ctx) { // select would not prefer the end of ctx to a free slot
		return false
	}
	select {
	case u.sup.slots <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	slot := sync.OnceFunc(func() { <-u.sup.slots })
	u.mu.Lock()
	u.slot = slot
	u.mu.Unlock()
	return true
}

// afford pays for a connection where the network counts them, when it is this unit's
// turn; false means that ctx has ended.
func (u *unit) afford(ctx context.Context) bool {
	for ctx.Err() == nil {
		wait := u.out.PayConnect(u.caps(u.home()))
		if wait == 0 {
			return true
		}
		u.mu.Lock()
		u.health.Retry = u.sup.now().Add(wait)
		u.mu.Unlock()
		u.sup.opt.Clock.Sleep(ctx, wait) // the loop looks at ctx
	}
	return false
}

// attempt is one connection, from dialling to its end. It returns how long it was
// online and why it ended.
func (u *unit) attempt(ctx context.Context) (online time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	u.mu.Lock()
	select {
	case <-u.again: // what was asked for is about to happen
	default:
	}
	u.ctx, u.drop = ctx, cancel
	slot := u.slot
	u.set(Connecting, nil)
	if !slices.Equal(u.rooms, u.made) {
		err = u.make()
	}
	conn, rooms := u.conn, slices.Clone(u.rooms)
	u.mu.Unlock()
	defer slot()
	defer u.sup.opt.Clock.AfterFunc(HandshakeTime, slot)()
	if err != nil {
		return 0, err
	}
	for _, r := range rooms {
		u.out.Hold(r, true)
	}
	err = u.run(ctx, conn)
	u.out.Online(false)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.health.State == Online {
		online = u.sup.opt.Clock.Now().Sub(u.health.Since)
	}
	return online, err
}

// run is Session.Run, watched: a panic becomes an error, and a session that does not
// end when its ctx does is named in the log.
func (u *unit) run(ctx context.Context, conn engine.Session) (err error) {
	returned := make(chan struct{})
	defer close(returned)
	stop := context.AfterFunc(ctx, func() {
		u.sup.opt.Clock.AfterFunc(slowStop, func() {
			if !isClosed(returned) {
				u.log.Warn("session is slow to end", "after", slowStop)
			}
		})
	})
	defer stop()
	defer func() {
		if v := recover(); v != nil {
			u.log.Error("adapter panicked", "err", v, "stack", string(debug.Stack()))
			err = &engine.Error{Code: engine.Internal, Msg: "the adapter broke down", Err: fmt.Errorf("panic: %v", v)}
		}
	}()
	u.settle(inRun, func() bool { return ctx.Err() == nil })
	defer u.stir()
	if err = conn.Run(ctx, u.emit); err == nil {
		err = engine.Errorf(engine.NotConnected, "the connection ended")
	}
	return err
}

// rest tells the world that the connection is gone and waits until it is time for the
// next one. It returns how many have failed in a row by then; more is false if the
// unit is to end.
func (u *unit) rest(ctx context.Context, failures int, err error) (next int, more bool) {
	restart := len(u.again) > 0
	if code := engine.CodeOf(err); !restart && (code == engine.Denied || code == engine.Invalid) {
		return 0, u.giveUp(ctx, code, err)
	}
	failures++
	delay := u.delay(failures, err)
	if restart {
		failures, delay = 0, u.sup.opt.Backoff.floor()
		err = engine.Errorf(engine.Cancelled, "restarted")
		u.log.Info("session restarts")
	} else {
		u.log.Warn("connection lost", "attempt", failures, "retry", delay.Round(time.Millisecond), "err", err)
	}
	u.mu.Lock()
	u.set(Waiting, err)
	u.health.Attempts = failures
	u.health.Retry = u.sup.now().Add(delay)
	u.mu.Unlock()
	u.disconnected(reason(err), delay)
	over := make(chan struct{})
	defer u.sup.opt.Clock.AfterFunc(delay, func() { u.stir(); close(over) })()
	again := u.again
	if restart {
		again = nil // its signal is still there; the delay is all it has to wait
	}
	u.settle(waits, func() bool { return ctx.Err() == nil && len(again) == 0 && !isClosed(over) })
	defer u.stir()
	select {
	case <-over:
		return failures, true
	case <-again:
		return 0, true
	case <-ctx.Done():
		return 0, false
	}
}

// delay is how long to wait after a number of failures in a row, the last one err.
func (u *unit) delay(failures int, err error) time.Duration {
	d := u.sup.opt.Backoff.delay(failures-1, u.sup.opt.Rand())
	if e := new(engine.Error); errors.As(err, &e) {
		d = max(d, e.RetryAfter)
	}
	return d
}

// giveUp is the end of trying, until somebody calls Restart.
func (u *unit) giveUp(ctx context.Context, code engine.Code, err error) (more bool) {
	u.log.Error("session gave up", "err", err, "cure", cure(code))
	u.mu.Lock()
	u.set(Failed, err)
	u.mu.Unlock()
	u.joined(err)
	u.disconnected(reason(err), 0)
	u.tell(engine.Room{ID: u.home()}, engine.Failure{Code: code, Message: reason(err)})
	u.settle(waits, func() bool { return ctx.Err() == nil && len(u.again) == 0 })
	defer u.stir()
	select {
	case <-u.again:
		return true
	case <-ctx.Done():
		return false
	}
}

func cure(code engine.Code) string {
	if code == engine.Invalid {
		return "correct the settings of this session in the configuration"
	}
	return "check name, password and token of this session and that it is not banned; then change the configuration or restart the session"
}

// reason is the part of an error that strangers may read.
func reason(err error) string {
	if engine.CodeOf(err) == engine.Internal {
		return "connection lost"
	}
	e := engine.AsError(err)
	if e.Msg == "" {
		return string(e.Code)
	}
	return e.Msg
}

// retry asks for a new connection at once.
func (u *unit) retry() {
	u.stir()
	u.mu.Lock()
	defer u.mu.Unlock()
	select {
	case u.again <- struct{}{}:
	default:
	}
	if u.drop != nil {
		u.drop()
	}
}

// end is the last a unit does.
func (u *unit) end() {
	u.out.Close(nil)
	u.joined(engine.Errorf(engine.Cancelled, "session %q was stopped", u.session.Name))
	u.mu.Lock()
	leavers := u.leavers
	u.leavers = nil
	u.mu.Unlock()
	for _, f := range leavers {
		f()
	}
	u.log.Info("session stopped")
}
