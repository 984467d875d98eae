package schedule

import (
	"cmp"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"botd/engine"
)

// Options are what a [Scheduler] is made of.
type Options struct {
	Clock   engine.Clock // the system's if nil
	Log     *slog.Logger // nowhere if nil
	Journal Journal      // a MemoryJournal if nil
	Hold    bool         // runs that were missed before New wait for Open
}

// Scheduler runs entries when they are due. It goes by the time of day and looks at it
// at least once a minute, so that a machine that slept and a clock that was set are
// noticed. It has no goroutine of its own: timers of its clock drive it. Its methods
// may be called from any goroutine and do not block.
type Scheduler struct {
	clock   engine.Clock
	log     *slog.Logger
	journal Journal

	passing sync.Mutex // held while one pass looks at all entries

	mu      sync.Mutex // guards what follows, for moments
	entries map[Key]*entry
	deleted []Key // the journal has yet to hear of
	stop    func() bool
	closed  bool
	held    bool      // Open is still to come
	start   time.Time // of New, while held

	moods atomic.Int32 // entries that count lines
}

// Look at the time at least so often, while there are entries.
const maxNap = time.Minute

// New makes a scheduler without entries.
func New(o Options) *Scheduler {
	s := &Scheduler{clock: o.Clock, log: o.Log, journal: o.Journal, entries: map[Key]*entry{}}
	if s.clock == nil {
		s.clock = engine.SystemClock{}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.journal == nil {
		s.journal = &MemoryJournal{}
	}
	s.held, s.start = o.Hold, s.now()
	return s
}

// Open lets those runs begin that were missed before New.
func (s *Scheduler) Open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.held {
		return
	}
	s.held = false
	for _, e := range s.entries {
		e.wake = time.Time{}
	}
	s.arm(0)
}

// Close ends the scheduler: no run begins any more once it has returned.
func (s *Scheduler) Close() {
	s.passing.Lock() // a pass under way ends first
	defer s.passing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.stop != nil {
		s.stop()
	}
}

// now is the time of day: without the monotonic clock, which stands still while the
// machine sleeps.
func (s *Scheduler) now() time.Time { return s.clock.Now().Round(0).UTC() }

// arm has a pass begin in d. mu is held.
func (s *Scheduler) arm(d time.Duration) {
	if s.closed {
		return
	}
	if s.stop != nil {
		s.stop()
	}
	s.stop = s.clock.AfterFunc(max(d, 0), s.pass)
}

// pass looks at every entry once.
func (s *Scheduler) pass() {
	s.passing.Lock()
	defer s.passing.Unlock()
	s.mu.Lock()
	deleted := s.deleted
	s.deleted = nil
	list := slices.SortedFunc(maps.Values(s.entries), func(a, b *entry) int {
		return cmp.Or(cmp.Compare(a.key.Owner, b.key.Owner), cmp.Compare(a.key.ID, b.key.ID))
	})
	s.mu.Unlock()
	for _, k := range deleted {
		if err := s.journal.Delete(k); err != nil {
			s.log.Error("scheduled entry could not be forgotten", slog.String("script", k.Owner), slog.String("entry", k.ID), slog.Any("err", err))
		}
	}
	for _, e := range list {
		e.look()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest()
}

// rest arms for the next pass. mu is held.
func (s *Scheduler) rest() {
	now := s.now()
	nap := maxNap
	attached := 0
	for _, e := range s.entries {
		if e.fire == nil {
			continue
		}
		attached++
		if !e.paused && !e.wake.IsZero() {
			nap = min(nap, e.wake.Sub(now))
		}
		if e.dirty || !e.loaded { // changed while the pass went on, or not kept
			nap = min(nap, retryPause)
		}
	}
	if attached > 0 || len(s.deleted) > 0 {
		s.arm(nap)
	}
}

// retryPause is how long the journal has to come round after an error.
const retryPause = time.Second

// Hear counts a line towards the moods of entries. It never blocks.
func (s *Scheduler) Hear(ev *engine.Event) {
	if s.moods.Load() == 0 || !counts(ev) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		if !e.def.Mood.Zero() {
			e.heard.add(e.def.Mood, ev)
		}
	}
}

// Info describes an entry as of now.
type Info struct {
	Script  string    `json:"script"`
	ID      string    `json:"id"`
	Spec    string    `json:"spec"`
	Zone    string    `json:"tz"`
	Durable bool      `json:"durable"`
	Paused  bool      `json:"paused,omitempty"`
	Next    time.Time `json:"next,omitzero"` // without jitter; zero while it is paused
	Last    time.Time `json:"last,omitzero"` // the time of the last run that was begun
	Running int       `json:"running,omitempty"`
}

// List describes all entries, by owner and ID.
func (s *Scheduler) List() []Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Info{}
	for _, e := range s.entries {
		if e.fire != nil {
			out = append(out, e.info())
		}
	}
	slices.SortFunc(out, func(a, b Info) int { return cmp.Or(cmp.Compare(a.Script, b.Script), cmp.Compare(a.ID, b.ID)) })
	return out
}

// RunNow has an entry run at once, paused or not and whatever the mood. Its times are
// not touched. It fails with NotFound, or with Conflict if the entry's rule keeps it
// from running beside a run that is still on.
func (s *Scheduler) RunNow(k Key) error {
	s.mu.Lock()
	e := s.entries[k]
	if e == nil || e.fire == nil {
		s.mu.Unlock()
		return engine.Errorf(engine.NotFound, "script %q has no scheduled entry %q", k.Owner, k.ID)
	}
	if len(e.runs) > 0 && e.def.Overlap != OverlapParallel {
		s.mu.Unlock()
		return engine.Errorf(engine.Conflict, "entry %q of script %q is running", k.ID, k.Owner)
	}
	start := e.launch(s.now())
	s.mu.Unlock()
	start()
	return nil
}
