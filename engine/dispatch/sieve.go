package dispatch

import (
	"cmp"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"botd/engine"
	"botd/engine/trace"
)

// SieveOptions are what a [Sieve] is made of. All must be set. None may block.
type SieveOptions struct {
	Clock engine.Clock
	Log   *slog.Logger
	// Any reports whether there are filters at all.
	Any func() bool
	// Next finds the first filter behind a place that an event has to pass; after is nil for
	// the first of all.
	Next func(p Prepared, after *Place) (Stage, bool)
	// Prepare works out anew what an event means whose text was changed.
	Prepare func(*engine.Event) Prepared
	// Deliver takes an event that passed, of any room at a time and of one room in order.
	Deliver func(Prepared)
	Trace   func(trace.Step)
}

// Bounds of what is held.
const (
	// Patience is how long a filter may take over an event, waits included.
	Patience = 5 * time.Second
	// MaxHeld and maxHeldBytes are what may wait in one room. If more comes, the filters of the
	// room have failed about the older half of it.
	MaxHeld      = 4096
	maxHeldBytes = 16 << 20
	// logEvery keeps a flood out of the log.
	logEvery = time.Minute
)

// Sieve lets filters of scripts look at events before anybody gets them. While one decides,
// its room is held: all that happens there waits, and goes on in the order in which it came.
// Other rooms do not wait, and nobody's goroutine does. An event of a room without filters
// passes on the caller's goroutine.
type Sieve struct {
	opt   SieveOptions
	open  atomic.Int32 // rooms that are held
	stirs atomic.Uint64
	busy  atomic.Int32

	mu    sync.Mutex // guards what follows, and the lines but for what belongs to their owners
	lines map[lineKey]*line
	said  time.Time // when the log was told of an overflow
}

type lineKey struct {
	session engine.SessionID
	room    engine.RoomID
}

// line is what is held of one room. Whoever works on it owns its first event; between a
// question and its answer nobody does.
type line struct {
	key    lineKey
	held   []*held
	weight int
	rush   bool // filters are not asked until enough has gone

	number  uint64 // of the latest question
	waiting bool   // it has no answer
	asking  bool   // Stage.Ask has not returned
	stage   Stage
	ruling  Ruling
	giveUp  func()
	stop    func() bool // of the timer
}

// held is an event on its way through the filters.
type held struct {
	p       Prepared
	weight  int
	after   *Place // the last filter that decided
	dropped bool
}

// NewSieve makes a sieve.
func NewSieve(o SieveOptions) *Sieve { return &Sieve{opt: o, lines: map[lineKey]*line{}} }

// Take takes an event in. It must not be called concurrently: that is the order of events.
func (s *Sieve) Take(p Prepared) {
	if s.open.Load() == 0 && !(s.opt.Any() && screened(p.Event)) {
		s.opt.Deliver(p)
		return
	}
	s.stirs.Add(1)
	s.busy.Add(1)
	defer s.busy.Add(-1)
	key := lineKey{p.Event.Session, p.Event.Room.ID}
	s.mu.Lock()
	if l := s.lines[key]; l != nil {
		goOn, giveUp := s.push(l, p)
		s.mu.Unlock()
		s.goOn(l, goOn, giveUp)
		return
	}
	s.mu.Unlock()
	if !s.wanted(p) {
		s.opt.Deliver(p)
		return
	}
	l := &line{key: key}
	s.mu.Lock()
	s.lines[key] = l
	s.open.Add(1)
	s.push(l, p)
	s.mu.Unlock()
	s.work(l)
}

func (s *Sieve) wanted(p Prepared) bool {
	if !screened(p.Event) {
		return false
	}
	_, ok := s.opt.Next(p, nil)
	return ok
}

// push adds an event at the end of a line. If that is full the question at hand is given up;
// then the caller owns the line. mu is held.
func (s *Sieve) push(l *line, p Prepared) (goOn bool, giveUp func()) {
	h := &held{p: p, weight: p.Event.Weight()}
	full := len(l.held) >= MaxHeld || len(l.held) > 0 && l.weight+h.weight > maxHeldBytes
	l.held = append(l.held, h)
	l.weight += h.weight
	if !full || l.rush {
		return false, nil
	}
	l.rush = true
	s.complain(l)
	return l.settle(l.number, Ruling{Failed: trace.Overflow, Why: "too much waited in the room"}), l.giveUp
}

// complain tells the log of a line that is full. mu is held.
func (s *Sieve) complain(l *line) {
	now := s.opt.Clock.Now()
	if !s.said.IsZero() && now.Sub(s.said) < logEvery {
		return
	}
	s.said = now
	s.opt.Log.Warn("too many events wait for the filters of a room; the older half goes on without them, or is dropped where a filter has fail=closed",
		slog.String("room", string(engine.Path(l.key.session, l.key.room))), slog.String("script", l.stage.Script))
}

// settle takes the answer to question n. It reports whether the caller now owns the line. mu
// is held.
func (l *line) settle(n uint64, r Ruling) bool {
	if !l.waiting || l.number != n {
		return false
	}
	l.waiting, l.ruling = false, r
	if l.stop != nil {
		l.stop()
		l.stop = nil
	}
	return !l.asking // else whoever asks goes on
}

// goOn works on a line whose question was settled, if the caller owns it.
func (s *Sieve) goOn(l *line, owned bool, giveUp func()) {
	if !owned {
		return
	}
	if giveUp != nil {
		giveUp()
	}
	s.apply(s.first(l), l.stage, l.ruling)
	s.work(l)
}

// answered is called by filters.
func (s *Sieve) answered(l *line, n uint64, r Ruling) {
	s.stirs.Add(1)
	s.busy.Add(1)
	defer s.busy.Add(-1)
	s.mu.Lock()
	owned := l.settle(n, r)
	s.mu.Unlock()
	s.goOn(l, owned, nil)
}

// late gives up a question that took too long.
func (s *Sieve) late(l *line, n uint64) {
	s.stirs.Add(1)
	s.busy.Add(1)
	defer s.busy.Add(-1)
	s.mu.Lock()
	owned := l.settle(n, Ruling{Failed: trace.Limit, Why: "it did not decide within " + Patience.String()})
	giveUp := l.giveUp
	s.mu.Unlock()
	s.goOn(l, owned, giveUp)
}

// work decides about the events of a line, and lets them go on, until it is empty or a
// filter has to be waited for. The caller owns the line.
func (s *Sieve) work(l *line) {
	for {
		h := s.first(l)
		if !s.decide(l, h) {
			return
		}
		if !h.dropped {
			s.deliver(h.p)
		}
		if !s.advance(l) {
			return
		}
	}
}

// deliver outlives a panic: the goroutine is that of a filter, which did nothing wrong, and
// the events behind must not be stuck.
func (s *Sieve) deliver(p Prepared) {
	defer func() {
		if r := recover(); r != nil {
			s.opt.Log.Error("panic while an event was delivered", slog.String("event", string(p.Event.ID)), slog.Any("err", r), slog.String("stack", string(debug.Stack())))
		}
	}()
	s.opt.Deliver(p)
}

func (s *Sieve) first(l *line) *held {
	s.mu.Lock()
	defer s.mu.Unlock()
	return l.held[0]
}

// decide asks the filters that an event has still to pass. It is false if one has yet to
// answer; then the line is not the caller's any more.
func (s *Sieve) decide(l *line, h *held) bool {
	for !h.dropped && screened(h.p.Event) {
		stage, ok := s.opt.Next(h.p, h.after)
		if !ok {
			return true
		}
		r, answered := s.ask(l, h, stage)
		if !answered {
			return false
		}
		s.apply(h, stage, r)
	}
	return true
}

// ask asks one filter; answered is false if it has not answered at once.
func (s *Sieve) ask(l *line, h *held, stage Stage) (r Ruling, answered bool) {
	s.mu.Lock()
	if l.rush {
		s.mu.Unlock()
		return Ruling{Failed: trace.Overflow, Why: "too much waited in the room"}, true
	}
	l.number++
	n := l.number
	l.stage, l.waiting, l.asking, l.giveUp = stage, true, true, nil
	s.mu.Unlock()
	giveUp := stage.Ask(&h.p, func(r Ruling) { s.answered(l, n, r) })
	s.mu.Lock()
	defer s.mu.Unlock()
	l.asking = false
	if !l.waiting {
		if l.rush {
			defer giveUp() // it was not the filter that answered
		}
		return l.ruling, true
	}
	l.giveUp = giveUp
	l.stop = s.opt.Clock.AfterFunc(Patience, func() { s.late(l, n) })
	return r, false
}

// advance takes the first event off a line. It is false if that was the last: then there is
// no line any more.
func (s *Sieve) advance(l *line) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.weight -= l.held[0].weight
	l.held[0] = nil
	l.held = l.held[1:]
	if len(l.held) <= MaxHeld/2 {
		l.rush = l.rush && l.weight > maxHeldBytes/2
	}
	if len(l.held) > 0 {
		return true
	}
	delete(s.lines, l.key)
	s.open.Add(-1)
	return false
}

// apply does what a filter decided, and notes it.
func (s *Sieve) apply(h *held, st Stage, r Ruling) {
	if r.Again {
		return
	}
	h.after = &st.Place
	name := "the " + st.Title + " of " + st.Script
	step := trace.Step{Event: h.p.Event.ID, At: s.opt.Clock.Now()}
	switch {
	case r.Failed != "" && st.Closed:
		h.dropped = true
		step.Reason, step.Text = cmp.Or(only(r.Failed, trace.Overflow), trace.FilterFailed), name+": "+r.Why
	case r.Failed != "":
		step.Script, step.Handler, step.Reason, step.Text = st.Script, st.Title, r.Failed, r.Why+"; the event went on (fail=open)"
	case r.Drop:
		h.dropped = true
		step.Reason, step.Text = trace.Dropped, name
	case r.Changed && r.Text != h.p.Text:
		step.Reason, step.Text, step.Became = trace.Changed, name, r.Text
		h.change(r.Text, s.opt.Prepare)
	default:
		return
	}
	s.opt.Trace(step)
}

func only(r, which trace.Reason) trace.Reason {
	if r != which {
		return ""
	}
	return r
}

// change gives the event another text: those who get it next get a copy.
func (h *held) change(text string, prepare func(*engine.Event) Prepared) {
	ev := *h.p.Event
	m, _ := ev.Body.(engine.Message)
	m.Original, m.Text = cmp.Or(m.Original, m.Text), text
	ev.Body = m
	h.p = prepare(&ev)
}

// Idle reports whether no event is held.
func (s *Sieve) Idle() bool { return s.open.Load() == 0 }

// Still tells how often the sieve has begun to do something, and whether it is at it. Events
// may be held all the same, by filters that wait.
func (s *Sieve) Still() (stirs uint64, still bool) { return s.stirs.Load(), s.busy.Load() == 0 }

// Holds reports whether an event is held, and behind how many of its room.
func (s *Sieve) Holds(ev *engine.Event) (before int, holds bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[lineKey{ev.Session, ev.Room.ID}]
	if l == nil {
		return 0, false
	}
	for i, h := range l.held {
		if h.p.Event.ID == ev.ID {
			return i, true
		}
	}
	return 0, false
}

// Held is how many events are held in all rooms.
func (s *Sieve) Held() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lines {
		n += len(l.held)
	}
	return n
}
