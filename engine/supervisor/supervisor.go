package supervisor

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/outbox"
)

// Options of a supervisor. Emit must be set.
type Options struct {
	Log   *slog.Logger // nowhere if nil
	Clock engine.Clock // the system's if nil
	// Emit gets every event of every session, stamped. It must not block; calls for
	// one room come one after another.
	Emit func(*engine.Event)
	// Dial reaches the network for the sessions; the system's if nil.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Keep, Vault and Dir give a session its memory over restarts, its credential and the
	// path of its folder, Handled is that of [engine.Env]; none if nil.
	Keep    func(engine.SessionID) engine.Keep
	Vault   func(engine.SessionID) engine.Vault
	Dir     func(engine.SessionID) string
	Handled func(context.Context) error
	// Delivered is, for a session, that of [engine.Env].
	Delivered func(engine.SessionID) func(engine.RoomID, string) bool
	// Seen tells when a session was last in its rooms before this daemon started, so that
	// the gap is told; nil if nobody knows.
	Seen    func(engine.SessionID) map[engine.RoomID]time.Time
	Backoff Backoff
	// Handshakes is how many units may be connecting at a time, 64 if 0. One that
	// connects for longer than HandshakeTime no longer counts.
	Handshakes int
	// Grace is how long Run waits for units that do not end; 15 s if 0.
	Grace time.Duration
	// Rand gives the jitter, in [0, 1), from any goroutine; math/rand/v2 if nil.
	Rand func() float64
	// Outbox has the limits of the units' outboxes; its other fields are ignored.
	Outbox outbox.Config
}

const (
	// HandshakeTime is how long a connecting unit keeps others waiting for their turn.
	HandshakeTime = 30 * time.Second
	// slowStop is how long a session may take to end before the log names it.
	slowStop = 5 * time.Second
)

// Spec is a session as configured.
type Spec struct {
	Name     engine.SessionID
	Adapter  engine.Adapter
	Settings any // as Adapter.Settings makes it, not changed any more
	Rooms    []engine.RoomID
	Log      *slog.Logger // the supervisor's with session and adapter if nil
}

// Supervisor runs sessions. Its methods may be called from any goroutine.
type Supervisor struct {
	opt   Options
	slots chan struct{} // one element for each unit that is connecting

	mu       sync.Mutex
	phase    phase
	sessions map[engine.SessionID]*session
	// live has the launched units that have not ended, stopped ones included, by name.
	// Of several with one name it has the newest, which waits for those before it.
	live map[engine.RoomPath]*unit
	all  map[*unit]struct{} // launched and not ended
	// stirs counts what units begin to do, and what the outboxes of ended ones did.
	stirs uint64

	bucketMu sync.Mutex
	buckets  map[string]*outbox.Bucket // by the name in engine.Rate.Shared
}

// bucket is the one that rates of a name share, over sessions and restarts of them.
func (s *Supervisor) bucket(name string) *outbox.Bucket {
	s.bucketMu.Lock()
	defer s.bucketMu.Unlock()
	b := s.buckets[name]
	if b == nil {
		b = new(outbox.Bucket)
		s.buckets[name] = b
	}
	return b
}

type phase int

const (
	idle phase = iota // Run was not called yet
	running
	ended
)

// session is what a Spec became.
type session struct {
	Spec
	log   *slog.Logger
	units []*unit // one, or one for each room if the adapter is PerRoom
}

// New makes a supervisor without sessions.
func New(opt Options) *Supervisor {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Clock == nil {
		opt.Clock = engine.SystemClock{}
	}
	if opt.Dial == nil {
		opt.Dial = (&net.Dialer{Timeout: HandshakeTime}).DialContext
	}
	if opt.Rand == nil {
		opt.Rand = rand.Float64
	}
	opt.Backoff = opt.Backoff.withDefaults()
	opt.Grace = cmp.Or(opt.Grace, 15*time.Second)
	return &Supervisor{
		opt:      opt,
		slots:    make(chan struct{}, cmp.Or(opt.Handshakes, 64)),
		sessions: make(map[engine.SessionID]*session),
		live:     make(map[engine.RoomPath]*unit),
		all:      make(map[*unit]struct{}),
		buckets:  make(map[string]*outbox.Bucket),
	}
}

// Run runs the sessions, those started before and those started meanwhile, until ctx
// ends; then it stops them all and returns when they have ended. Sessions that do not
// end within Options.Grace are left behind and named in an error. Run can be called
// once.
func (s *Supervisor) Run(ctx context.Context) error {
	s.mu.Lock()
	if s.phase != idle {
		s.mu.Unlock()
		return engine.Errorf(engine.Conflict, "the supervisor has run already")
	}
	s.phase = running
	for _, ss := range s.sessions {
		for _, u := range ss.units {
			s.launch(u)
		}
	}
	s.mu.Unlock()
	<-ctx.Done()
	return s.shutdown()
}

func (s *Supervisor) shutdown() error {
	s.mu.Lock()
	s.phase = ended
	var units []*unit
	for _, u := range s.live {
		u.stir()
		u.cancel()
		units = append(units, u)
	}
	s.mu.Unlock()
	late := make(chan struct{})
	stop := s.opt.Clock.AfterFunc(s.opt.Grace, func() { close(late) })
	defer stop()
	var hanging []string
	for _, u := range units {
		select {
		case <-u.done:
		case <-late:
			if !isClosed(u.done) {
				hanging = append(hanging, string(u.name()))
			}
		}
	}
	if len(hanging) == 0 {
		return nil
	}
	slices.Sort(hanging)
	return engine.Errorf(engine.Timeout, "sessions that did not end within %v: %s", s.opt.Grace, strings.Join(hanging, ", "))
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Start adds a session and, if Run is running, connects it; else Run will. It fails
// with Invalid if the adapter refuses the settings or the name cannot be one, with
// Conflict if there is a session of that name, and with Cancelled after Run.
func (s *Supervisor) Start(spec Spec) error {
	if spec.Name == "" || strings.Contains(string(spec.Name), "/") {
		return engine.Errorf(engine.Invalid, "session name %q: it must not be empty nor hold a slash", spec.Name)
	}
	ss := &session{Spec: spec, log: spec.Log}
	if ss.log == nil {
		ss.log = s.opt.Log.With("session", spec.Name, "adapter", spec.Adapter.Name)
	}
	var seen map[engine.RoomID]time.Time
	if s.opt.Seen != nil {
		seen = s.opt.Seen(spec.Name)
	}
	for _, rooms := range ss.split() {
		u, err := s.newUnit(ss, rooms)
		if err != nil {
			return err
		}
		maps.Copy(u.lost, seen)
		ss.units = append(ss.units, u)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.phase == ended:
		return engine.Errorf(engine.Cancelled, "session %q: the daemon is stopping", spec.Name)
	case s.sessions[spec.Name] != nil:
		return engine.Errorf(engine.Conflict, "there is a session %q already", spec.Name)
	}
	s.sessions[spec.Name] = ss
	for _, u := range ss.units {
		s.launch(u)
	}
	return nil
}

// split is which rooms go to which unit.
func (ss *session) split() [][]engine.RoomID {
	if !ss.Adapter.PerRoom {
		return [][]engine.RoomID{slices.Clone(ss.Rooms)}
	}
	var out [][]engine.RoomID
	for i, r := range ss.Rooms {
		if !slices.Contains(ss.Rooms[:i], r) {
			out = append(out, []engine.RoomID{r})
		}
	}
	return out
}

// launch starts a unit's goroutine if there is a Run to wait for it; s.mu is held.
func (s *Supervisor) launch(u *unit) {
	if s.phase != running {
		return
	}
	if old := s.live[u.name()]; old != nil {
		u.after = old.done // two connections of one account are one too many
	}
	s.live[u.name()] = u
	s.all[u] = struct{}{}
	s.stirs++
	var ctx context.Context
	ctx, u.cancel = context.WithCancel(context.Background())
	go func() { // shutdown waits for it through live
		u.life(ctx)
		s.mu.Lock()
		if s.live[u.name()] == u {
			delete(s.live, u.name())
		}
		delete(s.all, u)
		drains, _ := u.out.Still()
		s.stirs += drains + 1
		s.mu.Unlock()
		close(u.done)
	}()
}

// halt ends a unit without waiting for it. s.mu is held; the returned function must be
// called without.
func (s *Supervisor) halt(u *unit) func() {
	if u.cancel != nil {
		u.stir()
		u.cancel()
		return func() {}
	}
	return func() { u.end(); close(u.done) } // it was never launched
}

// Stop ends a session and forgets it, and with it what waits in its outbox. It
// returns when the session has ended, or with ctx's error if that comes first; the
// session ends all the same.
func (s *Supervisor) Stop(ctx context.Context, name engine.SessionID) error {
	s.mu.Lock()
	ss := s.sessions[name]
	if ss == nil {
		s.mu.Unlock()
		return noSession(name)
	}
	delete(s.sessions, name)
	var finish []func()
	for _, u := range ss.units {
		finish = append(finish, s.halt(u))
	}
	units := ss.units
	ss.units = nil
	s.mu.Unlock()
	for _, f := range finish {
		f()
	}
	for _, u := range units {
		select {
		case <-u.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Restart drops the session's connections and makes new ones without the usual wait;
// a session that had given up tries again. What waits in the outbox stays there.
func (s *Supervisor) Restart(name engine.SessionID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ss := s.sessions[name]
	if ss == nil {
		return noSession(name)
	}
	for _, u := range ss.units {
		u.retry()
	}
	return nil
}

func noSession(name engine.SessionID) *engine.Error {
	return engine.Errorf(engine.NotFound, "there is no session %q", name)
}
