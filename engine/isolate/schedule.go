package isolate

import (
	"fmt"
	"slices"
	"time"

	"botd/engine"
	"botd/engine/schedule"
	"botd/engine/script"
)

// scheduled is a [schedule.Entry] on the wire.
type scheduled struct {
	Number   uint64 // the child's, for what follows about the entry
	ID       string
	Durable  bool `json:",omitempty"`
	Spec     string
	Zone     string
	DST      schedule.DST     `json:",omitempty"`
	Missed   schedule.Missed  `json:",omitempty"`
	Grace    time.Duration    `json:",omitempty"`
	Jitter   time.Duration    `json:",omitempty"`
	Overlap  schedule.Overlap `json:",omitempty"`
	Speakers int              `json:",omitempty"`
	Lines    int              `json:",omitempty"`
	Rooms    []string         `json:",omitempty"`
}

func scheduledOf(n uint64, e schedule.Entry) scheduled {
	w := scheduled{
		Number: n, ID: e.ID, Durable: e.Durable, Spec: e.Spec.String(), Zone: "UTC", DST: e.DST, Missed: e.Missed,
		Grace: e.Grace, Jitter: e.Jitter, Overlap: e.Overlap, Speakers: e.Mood.Speakers, Lines: e.Mood.Lines,
	}
	if e.Zone != nil {
		w.Zone = e.Zone.String()
	}
	for _, g := range e.Mood.Rooms {
		w.Rooms = append(w.Rooms, g.String())
	}
	return w
}

// Bounds of an entry, as the functions for scripts have them. A mood takes memory.
const (
	maxEntryID = 256
	maxMood    = 10_000
	maxGlobs   = 1000
)

// entry checks what a child wants to have scheduled. within are the rooms it may see.
func (w scheduled) entry(within []engine.RoomGlob) (schedule.Entry, error) {
	switch {
	case w.ID == "" || len(w.ID) > maxEntryID || len(w.Rooms) > maxGlobs,
		w.Grace < 0 || w.Jitter < 0 || w.Jitter > schedule.MaxJitter,
		w.Speakers < 0 || w.Speakers > maxMood || w.Lines < 0 || w.Lines > maxMood,
		!oneOf(w.DST), !oneOf(w.Missed), !oneOf(w.Overlap):
		return schedule.Entry{}, engine.Errorf(engine.Invalid, "the entry is out of bounds")
	}
	spec, err := schedule.Parse(w.Spec)
	if err != nil {
		return schedule.Entry{}, err
	}
	zone, err := time.LoadLocation(w.Zone)
	if err != nil {
		return schedule.Entry{}, engine.Errorf(engine.Invalid, "no time zone %q", script.Printable(w.Zone))
	}
	e := schedule.Entry{
		ID: script.Printable(w.ID), Durable: w.Durable, Timetable: schedule.Timetable{Spec: spec, Zone: zone, DST: w.DST},
		Missed: w.Missed, Grace: w.Grace, Jitter: w.Jitter, Overlap: w.Overlap,
		Mood: schedule.Mood{Speakers: w.Speakers, Lines: w.Lines, Within: within},
	}
	for _, text := range w.Rooms {
		g, err := engine.ParseRoomGlob(text)
		if err != nil {
			return e, err
		}
		e.Mood.Rooms = append(e.Mood.Rooms, g)
	}
	return e, nil
}

// oneOf reports whether a word is one of its kind, or "", which stands for the first.
func oneOf[W interface {
	~string
	Values() []string
}](w W) bool {
	return w == "" || slices.Contains(w.Values(), string(w))
}

// verb is what can be done with an entry.
type verb struct {
	Number uint64
	Do     string
}

var verbs = map[string]func(script.Scheduled){
	"pause": script.Scheduled.Pause, "resume": script.Scheduled.Resume,
	"cancel": script.Scheduled.Cancel, "release": script.Scheduled.Release,
}

// due is the body of kindRun; the frame has the number of the run.
type due struct {
	Number uint64 // of the entry
	At     time.Time
}

// plans are the entries of a child in the daemon, and their runs that it has not ended.
// The slot's mu guards them.
type plans struct {
	entries map[uint64]script.Scheduled
	runs    map[uint64]*run
	defs    map[uint64]script.Definition
	last    uint64
}

// run is a run of an entry or an attempt at a job.
type run struct {
	begin func() bool
	end   func(completed bool)
	begun bool
}

// maxRuns is how many runs a child may leave as they are.
const maxRuns = 4096

// book tells whether the script may have anything scheduled.
func (c *child) book(none) (none, error) {
	_, err := c.m.opt.Door.Schedule(c.origin(origin{Gen: c.source.Generation}))
	return none{}, err
}

// schedule puts an entry on the schedule.
func (c *child) schedule(w scheduled) (none, error) {
	def, err := w.entry(c.source.Rooms)
	if err != nil {
		return none{}, err
	}
	book, err := c.m.opt.Door.Schedule(c.origin(origin{Gen: c.source.Generation}))
	if err != nil {
		return none{}, err
	}
	c.s.mu.Lock()
	taken := c.plans.entries[w.Number] != nil || len(c.plans.entries) >= 2*schedule.MaxEntries
	c.s.mu.Unlock()
	if taken {
		return none{}, engine.Errorf(engine.Quota, "the script has too many scheduled entries")
	}
	h, err := book.Add(def, func(at time.Time, r script.ScheduledRun) {
		c.fire(run{begin: r.Begin, end: func(bool) { r.End() }}, kindRun, due{w.Number, at})
	})
	if err != nil {
		return none{}, err
	}
	c.s.mu.Lock()
	over := c.ended
	c.plans.entries[w.Number] = h
	c.s.mu.Unlock()
	if over {
		c.unschedule()
	}
	return none{}, nil
}

// fire tells the child that something is due.
func (c *child) fire(r run, k kind, body any) {
	c.s.mu.Lock()
	full := len(c.plans.runs) >= maxRuns
	if !full && !c.ended {
		c.plans.last++
		c.plans.runs[c.plans.last] = &r
		c.work++
		c.post(k, c.plans.last, body)
	}
	c.s.mu.Unlock()
	if full {
		c.fail("it does not run what it has scheduled")
	}
}

func (c *child) entry(n uint64) (script.Scheduled, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if e := c.plans.entries[n]; e != nil {
		return e, nil
	}
	return nil, engine.Errorf(engine.NotFound, "no scheduled entry %d", n)
}

func (c *child) plan(n uint64) (schedule.Info, error) {
	e, err := c.entry(n)
	if err != nil {
		return schedule.Info{}, err
	}
	return e.Info(), nil
}

func (c *child) alter(v verb) (none, error) {
	do := verbs[v.Do]
	e, err := c.entry(v.Number)
	switch {
	case err != nil:
		return none{}, err
	case do == nil:
		return none{}, engine.Errorf(engine.Invalid, "an entry cannot be told to %q", v.Do)
	}
	if v.Do == "cancel" || v.Do == "release" {
		c.s.mu.Lock()
		delete(c.plans.entries, v.Number)
		c.s.mu.Unlock()
	}
	do(e)
	return none{}, nil
}

// begin asks whether a run is to begin.
func (c *child) begin(n uint64) (bool, error) {
	c.s.mu.Lock()
	r := c.plans.runs[n]
	if r == nil || r.begun {
		c.s.mu.Unlock()
		return false, fmt.Errorf("no run %d to begin", n)
	}
	r.begun = true
	c.s.mu.Unlock()
	ok := r.begin()
	if !ok {
		c.drop(n)
	}
	return ok, nil
}

func (c *child) drop(n uint64) *run {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	r := c.plans.runs[n]
	delete(c.plans.runs, n)
	return r
}

// finished ends a run that has begun.
func (c *child) finished(_ uint64, n uint64) error {
	if r := c.drop(n); r != nil {
		r.end(true)
	}
	return nil
}

// unschedule gives up all that a child has on the schedule, once it is gone. What it
// began is over; what it did not, the next version may.
func (c *child) unschedule() {
	c.s.mu.Lock()
	p := c.plans
	c.plans = newPlans()
	c.s.mu.Unlock()
	for _, e := range p.entries {
		e.Release()
	}
	for _, d := range p.defs {
		d.Release()
	}
	for _, r := range p.runs {
		if r.begun {
			r.end(false)
		}
	}
}

func newPlans() plans {
	return plans{entries: map[uint64]script.Scheduled{}, runs: map[uint64]*run{}, defs: map[uint64]script.Definition{}}
}
