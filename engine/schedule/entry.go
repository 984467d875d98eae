package schedule

import (
	"log/slog"
	"time"

	"botd/engine"
)

// entry is an Entry on the schedule. A durable one stays when nobody has it any more,
// with fire nil, so that whoever adds it next goes on where it was.
type entry struct {
	s   *Scheduler
	key Key

	// Guarded by s.mu.
	def     Entry
	fire    func(*Run)
	handle  *Handle // who has it
	gone    bool    // cancelled
	loaded  bool    // what the journal knows is here
	dirty   bool    // the journal does not know what is here
	failing bool    // the journal did not keep it; said so
	busy    bool    // runs were left out because one is still on; said so
	paused  bool
	last    time.Time
	ran     time.Time
	looked  time.Time // when Plan was asked last
	wake    time.Time // what it answered
	runs    map[*Run]struct{}
	queue   []time.Time
	heard   tally
}

// maxQueue bounds the runs that wait for one that does not end.
const maxQueue = 100

// setBack is how far a clock may be set back without times being run again.
const setBack = time.Hour

// look settles the times that have come. One pass at a time calls it.
func (e *entry) look() {
	if !e.load() {
		return
	}
	s := e.s
	s.mu.Lock()
	now := s.now()
	if e.gone || e.fire == nil || e.paused {
		e.settle(e.last, nil)
		return
	}
	if e.last.After(now.Add(setBack)) {
		s.log.Warn("the clock was set back", e.attrs(slog.Time("until", e.last))...)
		e.last, e.wake = now, time.Time{}
	}
	if now.Before(e.wake) && !now.Before(e.looked) {
		e.settle(e.last, nil)
		return
	}
	p := Plan(&e.def, e.last, now)
	if s.held && len(p.Due) > 0 && p.Due[0].Before(s.start) {
		e.settle(e.last, nil) // Open looks again
		return
	}
	e.looked, e.wake = now, p.Wake
	if !p.Lost.IsZero() {
		s.log.Warn("scheduled runs were missed", e.attrs(slog.Time("from", p.Lost), slog.Time("until", p.Last))...)
	}
	e.settle(p.Last, p.Due)
}

func (e *entry) attrs(more ...any) []any {
	return append([]any{slog.String("script", e.key.Owner), slog.String("entry", e.key.ID)}, more...)
}

// load asks the journal about an entry that was added.
func (e *entry) load() bool {
	s := e.s
	s.mu.Lock()
	loaded := e.loaded
	s.mu.Unlock()
	if loaded {
		return true
	}
	r, ok, err := s.journal.Load(e.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		e.complain(err)
		return false
	}
	e.loaded, e.failing = true, false
	if ok && !e.dirty { // who paused or resumed it meanwhile knows better
		e.last, e.ran, e.paused = r.Last, r.Ran, r.Paused
	} else if ok {
		e.last, e.ran = r.Last, r.Ran
	} else {
		e.dirty = true
	}
	return true
}

// complain says once that the journal does not work. s.mu is held.
func (e *entry) complain(err error) {
	if !e.failing {
		e.s.log.Error("scheduled runs wait because their journal fails", e.attrs(slog.Any("err", err))...)
	}
	e.failing = true
}

// settle records that all times up to last are settled, and then has those in due run.
// s.mu is held and released.
func (e *entry) settle(last time.Time, due []time.Time) {
	s := e.s
	due = e.wanted(due)
	ran := e.ran
	if len(due) > 0 {
		ran = due[len(due)-1]
	}
	if e.def.Durable && !e.gone && (e.dirty || !last.Equal(e.last)) {
		r := Record{Last: last, Ran: ran, Paused: e.paused}
		e.dirty = false
		s.mu.Unlock()
		err := s.journal.Save(e.key, r)
		s.mu.Lock()
		if err != nil {
			e.complain(err)
			e.dirty, e.wake = true, time.Time{}
			s.mu.Unlock()
			return
		}
		e.failing = false
	}
	e.last, e.ran = last, ran
	starts := e.begin(due)
	s.mu.Unlock()
	for _, start := range starts {
		start()
	}
}

// wanted leaves out what the mood does not allow. s.mu is held.
func (e *entry) wanted(due []time.Time) []time.Time {
	if len(due) == 0 || e.def.Mood.Zero() {
		return due
	}
	if !e.heard.reached(e.def.Mood) {
		return nil
	}
	e.heard = tally{}
	return due[len(due)-1:] // the others find the rooms silent
}

// begin applies the rule for runs that overlap. s.mu is held; the caller calls what is
// returned without it.
func (e *entry) begin(due []time.Time) (starts []func()) {
	if e.gone || e.fire == nil || e.s.closed {
		return nil
	}
	for _, at := range due {
		switch {
		case len(e.runs) == 0 || e.def.Overlap == OverlapParallel:
			e.busy = false
			starts = append(starts, e.launch(at))
		case (e.def.Overlap == OverlapQueue || e.def.Missed == MissedAll && len(due) > 1) && len(e.queue) < maxQueue:
			e.queue = append(e.queue, at)
		case !e.busy:
			e.busy = true
			e.s.log.Warn("scheduled runs are left out until the one that is on ends", e.attrs(slog.Time("at", at))...)
		}
	}
	return starts
}

// launch makes a run; the caller calls what is returned, without s.mu, which is held
// now.
func (e *entry) launch(at time.Time) func() {
	r := &Run{At: at, e: e, handle: e.handle}
	if e.runs == nil {
		e.runs = map[*Run]struct{}{}
	}
	e.runs[r] = struct{}{}
	fire := e.fire
	return func() { fire(r) }
}

func (e *entry) info() Info {
	i := Info{
		Script: e.key.Owner, ID: e.key.ID, Spec: e.def.Spec.String(), Zone: "UTC", Durable: e.def.Durable,
		Paused: e.paused, Last: e.ran, Running: len(e.runs),
	}
	if e.def.Zone != nil {
		i.Zone = e.def.Zone.String()
	}
	if !e.paused {
		i.Next = e.def.Next(e.last)
	}
	return i
}

// Run is one run of an entry. Begin and End may be called from any goroutine.
type Run struct {
	At time.Time // when it was due, in UTC

	e      *entry
	handle *Handle
	begun  bool
}

// Begin must be called when the run really begins. False means that it must not: the
// entry was cancelled, or somebody else has it now and runs it instead.
func (r *Run) Begin() bool {
	e := r.e
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	if _, on := e.runs[r]; !on || e.gone || e.handle != r.handle || r.begun || e.s.closed {
		return false
	}
	r.begun = true
	return true
}

// End must be called when a run that began has ended.
func (r *Run) End() {
	e := r.e
	e.s.mu.Lock()
	_, on := e.runs[r]
	delete(e.runs, r)
	var start func()
	if on && len(e.queue) > 0 && len(e.runs) == 0 && !e.gone && e.fire != nil && !e.s.closed {
		start = e.launch(e.queue[0])
		e.queue = e.queue[1:]
	}
	e.s.mu.Unlock()
	if start != nil {
		start()
	}
}

// MaxEntries is how many entries an owner may have.
const MaxEntries = 1000

// Book is the part of a schedule that one owner sees.
type Book struct {
	s     *Scheduler
	owner string
}

// Book returns the part of that owner.
func (s *Scheduler) Book(owner string) *Book { return &Book{s, owner} }

// Handle is the hold on an entry that was added.
type Handle struct{ e *entry }

// Add puts an entry on the schedule. fire is called when a run is due, from any
// goroutine; it must not block, and see to it that the run's Begin and End are called.
// If there is an entry with the ID already, it ends; but if both are durable it passes to
// the new holder with all it knows: what the old one has begun is its own affair, what
// it has not the new one runs. It fails with Quota.
func (b *Book) Add(def Entry, fire func(*Run)) (*Handle, error) {
	s := b.s
	s.mu.Lock()
	k := Key{b.owner, def.ID}
	e := s.entries[k]
	if e != nil && !(e.def.Durable && def.Durable) {
		e.drop()
		e = nil
	}
	if e == nil {
		if b.count() >= MaxEntries {
			s.mu.Unlock()
			return nil, engine.Errorf(engine.Quota, "the script has %d scheduled entries already; end those it no longer needs with cron.cancel", MaxEntries)
		}
		e = &entry{s: s, key: k, last: s.now(), loaded: !def.Durable}
		s.entries[k] = e
	} else if !e.def.Mood.Zero() {
		s.moods.Add(-1)
	}
	if !def.Mood.Zero() {
		s.moods.Add(1)
	}
	e.def, e.fire, e.wake = def, fire, time.Time{}
	e.handle = &Handle{e}
	h := e.handle
	starts := e.takeOver()
	s.arm(0)
	s.mu.Unlock()
	for _, start := range starts {
		start()
	}
	return h, nil
}

// count is how many entries the owner has. s.mu is held.
func (b *Book) count() (n int) {
	for k, e := range b.s.entries {
		if k.Owner == b.owner && e.fire != nil {
			n++
		}
	}
	return n
}

// takeOver begins the runs anew that the holder before did not begin. s.mu is held.
func (e *entry) takeOver() (starts []func()) {
	now := e.s.now()
	old := e.runs
	e.runs = nil
	var lost []time.Time
	for r := range old {
		if !r.begun && now.Sub(r.At) <= Punctual {
			lost = append(lost, r.At)
		}
	}
	queue := e.queue
	e.queue = nil
	return e.begin(append(lost, queue...))
}

// Release gives the entry up, unless somebody else has it by now. One that is durable
// stays where it is until it is added again.
func (h *Handle) Release() {
	s := h.e.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.e.handle != h || h.e.gone {
		return
	}
	if !h.e.def.Durable {
		h.e.drop()
		return
	}
	h.e.fire = nil
}

// drop takes the entry off the schedule. s.mu is held.
func (e *entry) drop() {
	e.gone = true
	e.queue = nil
	delete(e.s.entries, e.key)
	if !e.def.Mood.Zero() {
		e.s.moods.Add(-1)
	}
}

// Cancel ends the entry for good. What runs goes on.
func (h *Handle) Cancel() {
	s := h.e.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.e.handle != h || h.e.gone {
		return
	}
	h.e.drop()
	if h.e.def.Durable {
		s.deleted = append(s.deleted, h.e.key)
		s.arm(0)
	}
}

// Pause lets the times of the entry pass, until Resume.
func (h *Handle) Pause() { h.setPaused(true) }

// Resume ends a pause. What passed meanwhile was not missed.
func (h *Handle) Resume() { h.setPaused(false) }

func (h *Handle) setPaused(on bool) {
	e := h.e
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	if e.handle != h || e.gone || e.paused == on {
		return
	}
	e.paused, e.dirty, e.wake = on, true, time.Time{}
	if !on {
		e.last = e.s.now()
	}
	e.s.arm(0)
}

// Info describes the entry.
func (h *Handle) Info() Info {
	h.e.s.mu.Lock()
	defer h.e.s.mu.Unlock()
	return h.e.info()
}
