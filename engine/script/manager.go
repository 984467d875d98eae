package script

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/trace"
)

// Limits bound what one script may use. Zero means no bound.
type Limits struct {
	Steps       int           // instruction units of one handler call, refilled while it waits
	HandlerTime time.Duration // running time of one handler call, likewise
	LoadTime    time.Duration // running time of the main chunk
	Alloc       int64         // bytes allocated by one handler call
	Memory      int64         // bytes kept between handlers
	Mailbox     int           // events queued
	Waiting     int           // handlers parked at once
}

// boundless stands for no bound, and leaves room for sums and small multiples.
const boundless = math.MaxInt >> 8

// filled are the limits with zero replaced by what is no bound.
func (l Limits) filled() Limits {
	return Limits{
		Steps: cmp.Or(l.Steps, boundless), HandlerTime: cmp.Or(l.HandlerTime, boundless), LoadTime: cmp.Or(l.LoadTime, boundless),
		Alloc: cmp.Or(l.Alloc, boundless), Memory: cmp.Or(l.Memory, boundless), Mailbox: cmp.Or(l.Mailbox, boundless), Waiting: cmp.Or(l.Waiting, boundless),
	}
}

// DefaultLimits are those of config.yaml.
var DefaultLimits = Limits{
	Steps: 2_000_000, HandlerTime: 500 * time.Millisecond, LoadTime: 2 * time.Second,
	Alloc: 64 << 20, Memory: 32 << 20, Mailbox: 4096, Waiting: 1000,
}

// Options are what a [Manager] is made of.
type Options struct {
	Log     *slog.Logger
	Clock   engine.Clock
	Door    Door
	Library *Library     // what scripts find besides Lua's own
	Report  func(*Error) // is told every fault of a script; must not block
	Runners int          // idle goroutines kept, 32 if 0
	// Trace is told what becomes of events; nil if nobody wants to know. It must neither
	// block nor call the manager.
	Trace func(trace.Step)
	// TraceUnwanted has Trace told too of events that scripts do not want at all: whoever
	// delivers them does not know what they want.
	TraceUnwanted bool
	ShowAll       bool // Report is told every fault, however many there are

	// Taken is told each event that leaves a mailbox for its handlers, Changed that a
	// script has come to rest or waits for other events than before. Both may be nil, and
	// must neither block nor call the manager.
	Taken   func(*engine.Event)
	Changed func()
}

// Manager owns the scripts: it loads, reloads and unloads them, and gives them events.
type Manager struct {
	log      *slog.Logger
	clock    engine.Clock
	door     Door
	library  *Library
	onError  func(*Error)
	taken    func(*engine.Event)
	changed  func()
	runners  runners
	watchdog *watchdog
	drops    drops
	showAll  bool
	live     sync.WaitGroup // VMs that are not closed
	beside   sync.WaitGroup // loads under way; see begin
	trace    func(trace.Step)
	unasked  bool      // see TraceUnwanted
	onOpen   func(*VM) // tests add globals of their own

	screens atomic.Int32 // scripts that have filters

	waiters atomic.Int32 // WaitIdle calls that want to hear of idle VMs
	idleMu  sync.Mutex
	idleCh  chan struct{}

	mu    sync.Mutex
	ended bool
	slots map[string]*Slot
	order atomic.Pointer[[]*Slot] // sorted by name, read for each event
}

// NewManager makes a manager without scripts. [Manager.Run] must run beside it.
func NewManager(o Options) *Manager {
	if o.Runners == 0 {
		o.Runners = 32
	}
	if o.Library == nil {
		o.Library = &Library{}
	}
	if o.Report == nil {
		o.Report = func(*Error) {}
	}
	if o.Taken == nil {
		o.Taken = func(*engine.Event) {}
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	m := &Manager{
		drops: drops{clock: o.Clock, log: o.Log}, showAll: o.ShowAll,
		log: o.Log, clock: o.Clock, door: o.Door, library: o.Library, onError: o.Report,
		taken: o.Taken, changed: o.Changed, trace: o.Trace, unasked: o.TraceUnwanted,
		runners: runners{keep: o.Runners}, watchdog: newWatchdog(),
		slots: map[string]*Slot{}, idleCh: make(chan struct{}),
	}
	m.order.Store(&[]*Slot{})
	return m
}

// Run enforces the limits until ctx ends. Then it stops all scripts: what runs may
// finish, within limits, what waits is cancelled. It returns when nothing is left.
func (m *Manager) Run(ctx context.Context) error {
	done := make(chan struct{})
	var beside sync.WaitGroup
	beside.Go(func() { m.watchdog.run(done) })
	<-ctx.Done()
	m.mu.Lock()
	m.ended = true
	m.mu.Unlock()
	m.beside.Wait()
	for _, s := range *m.order.Load() {
		s.swap(nil)
	}
	m.live.Wait()
	m.runners.close()
	close(done)
	beside.Wait()
	m.drops.end()
	return nil
}

// begin announces a load; false if the daemon is stopping. beside.Done ends it.
func (m *Manager) begin() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return false
	}
	m.beside.Add(1)
	return true
}

// Deliver gives an event to every script that wants it. It never blocks. Events of one
// room must come one after another; they reach each script in that order.
func (m *Manager) Deliver(p dispatch.Prepared) {
	var kept *dispatch.Prepared // one copy for all who want it, none if nobody does
	for _, s := range *m.order.Load() {
		switch t := s.table.Load(); {
		case t == nil:
		case !t.Wants(&p):
			if m.unasked {
				m.unwanted(trace.Step{Event: p.Event.ID, At: m.clock.Now(), Script: s.name}, t, &p)
			}
		case p.Had != nil && p.Had(s.name):
			s.lost(p.Event, trace.Repeated, "")
		default:
			if kept == nil {
				c := p
				kept = &c
			}
			s.deliver(kept)
		}
	}
}

// slot finds or makes the place of a script.
func (m *Manager) slot(name string) *Slot {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.slots[name]
	if s == nil {
		s = &Slot{name: name, m: m}
		m.slots[name] = s
		m.publish()
	}
	return s
}

func (m *Manager) publish() {
	list := slices.SortedFunc(maps.Values(m.slots), func(a, b *Slot) int { return strings.Compare(a.name, b.name) })
	m.order.Store(&list)
}

// Unload ends a script: no event reaches it any more, what runs may finish, what waits
// is cancelled. It returns when nothing of it is left, or with ctx.
func (m *Manager) Unload(ctx context.Context, name string) error {
	m.mu.Lock()
	s := m.slots[name]
	delete(m.slots, name)
	m.publish()
	m.mu.Unlock()
	if s == nil {
		return engine.Errorf(engine.NotFound, "no script %q", name)
	}
	s.loadMu.Lock()
	defer s.loadMu.Unlock()
	return s.end(ctx)
}

// wentIdle is called whenever a baton was put down.
func (m *Manager) wentIdle() {
	m.changed()
	if m.waiters.Load() == 0 {
		return
	}
	m.idleMu.Lock()
	close(m.idleCh)
	m.idleCh = make(chan struct{})
	m.idleMu.Unlock()
}

// WaitIdle returns once no script has anything queued or running, and no handler of an
// event waits for something; handlers of timers and tasks may.
func (m *Manager) WaitIdle(ctx context.Context) error { return m.waitFor(ctx, m.Idle) }

func (m *Manager) waitFor(ctx context.Context, done func() bool) error {
	m.waiters.Add(1)
	defer m.waiters.Add(-1)
	for {
		m.idleMu.Lock()
		ch := m.idleCh
		m.idleMu.Unlock()
		if done() {
			return nil
		}
		select {
		case <-ch:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Idle reports what WaitIdle waits for.
func (m *Manager) Idle() bool {
	for _, s := range *m.order.Load() {
		if !s.idle() {
			return false
		}
	}
	return true
}

func (m *Manager) report(e *Error) {
	m.onError(e)
}

// closed is called by a VM that has closed.
func (m *Manager) closed(vm *VM) {
	m.watchdog.remove(vm)
	vm.slot.left(vm)
	close(vm.gone)
	m.live.Done()
}

// Status is the state of one script for people to read.
type Status struct {
	Name       string    `json:"name"`
	File       string    `json:"file"`
	Generation uint64    `json:"generation"`
	Since      time.Time `json:"since,omitzero"`
	// State is loading; running; broken: an old version runs, the newest does not load; failed:
	// none runs; suspended: too often over its limits; restarting: its process died.
	State   string    `json:"state"`
	Until   time.Time `json:"until,omitzero"`    // end of a suspension, or of the wait for a restart
	Process int       `json:"process,omitempty"` // ID of the process it has for itself
	Queued  int       `json:"queued"`
	Waiting int       `json:"waiting"`
	Handled uint64    `json:"handled"`
	Errors  uint64    `json:"errors"`
	Dropped uint64    `json:"dropped"`
	Problem string    `json:"problem,omitempty"` // why the newest version does not run
}

// Waits is what a script waits for as of now, nil if for nothing.
func (m *Manager) Waits(name string) *dispatch.Table {
	m.mu.Lock()
	s := m.slots[name]
	m.mu.Unlock()
	if s == nil {
		return nil
	}
	return s.table.Load()
}

// Running is how long the handler that has run longest without a wait has done so. It
// exceeds the limits only if something keeps the handler from being stopped.
func (m *Manager) Running() time.Duration { return m.watchdog.longest() }

// Status lists the scripts by name.
func (m *Manager) Status() []Status {
	list := *m.order.Load()
	out := make([]Status, 0, len(list))
	for _, s := range list {
		out = append(out, s.status())
	}
	return out
}
