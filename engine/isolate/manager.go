package isolate

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
	"botd/engine/trace"
)

// Options are what a [Manager] is made of.
type Options struct {
	Log    *slog.Logger
	Clock  engine.Clock
	Door   script.Door         // must be safe for calls from several goroutines
	Report func(*script.Error) // is told every fault of a script; must not block
	// Trace is that of script.Options. What children say is checked, but of a hostile one it
	// need not be true.
	Trace func(trace.Step)

	// Args are the arguments with which this program calls [Worker]: {"worker"} if nil.
	// The script's name is added, for those who list processes.
	Args []string
	// Deadline is how long a child may leave a ping unanswered, or a handler of it may run
	// without a wait; 0 for what follows from the script's limits.
	Deadline time.Duration
	// Data is how many bytes a child may allocate beyond what an empty one has; 0 for what
	// follows from the script's limits.
	Data int64
}

// Manager owns the scripts that have a process of their own. Its methods do what those
// of [script.Manager] do.
type Manager struct {
	opt      Options
	spawns   chan func()    // see spawner
	live     sync.WaitGroup // children that are not gone
	beside   sync.WaitGroup // restarts
	unfilter sync.Once      // the warning about it

	stopping chan struct{} // closed when Run begins to stop
	stopped  chan struct{} // closed when no child can be started any more

	idleMu sync.Mutex
	idleCh chan struct{} // closed and replaced whenever a script may have come to rest

	screens atomic.Int32 // scripts that have filters

	mu    sync.Mutex
	ended bool
	slots map[string]*slot
	order atomic.Pointer[[]*slot] // sorted by name, read for each event
}

// NewManager makes a manager without scripts. [Manager.Run] must run beside it: no
// child is started before.
func NewManager(o Options) *Manager {
	if o.Report == nil {
		o.Report = func(*script.Error) {}
	}
	if o.Args == nil {
		o.Args = []string{"worker"}
	}
	m := &Manager{
		opt: o, spawns: make(chan func()), stopping: make(chan struct{}), stopped: make(chan struct{}),
		idleCh: make(chan struct{}), slots: map[string]*slot{},
	}
	m.order.Store(&[]*slot{})
	return m
}

// Run lets children be started until ctx ends. Then it stops them all: what runs may
// finish, within limits, what waits is cancelled. It returns when no process is left.
func (m *Manager) Run(ctx context.Context) error {
	var beside sync.WaitGroup
	beside.Go(m.spawner)
	beside.Go(m.sayDrops)
	<-ctx.Done()
	m.mu.Lock()
	m.ended = true
	m.mu.Unlock()
	close(m.stopping)
	m.beside.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), slack)
	defer cancel()
	var ends sync.WaitGroup
	for _, s := range *m.order.Load() {
		ends.Go(func() { _ = s.end(ctx) })
	}
	ends.Wait()
	m.live.Wait()
	close(m.stopped)
	beside.Wait()
	return nil
}

// begin announces a restart; false if the daemon is stopping.
func (m *Manager) begin() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return false
	}
	m.beside.Add(1)
	return true
}

// Load makes a new generation of a script in a new process, and lets it take over
// between two events. If anything is wrong with it the old one serves on, and the error
// says what; it has been reported by then.
func (m *Manager) Load(ctx context.Context, src script.Source) error {
	return m.slot(src.Name).load(ctx, src)
}

// slot finds or makes the place of a script.
func (m *Manager) slot(name string) *slot {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.slots[name]
	if s == nil {
		s = &slot{m: m, name: name}
		m.slots[name] = s
		m.publish()
	}
	return s
}

func (m *Manager) publish() {
	list := slices.SortedFunc(maps.Values(m.slots), func(a, b *slot) int { return strings.Compare(a.name, b.name) })
	m.order.Store(&list)
}

// Unload ends a script and its process. It returns when nothing of it is left; if ctx
// ends first the process is killed.
func (m *Manager) Unload(ctx context.Context, name string) error {
	m.mu.Lock()
	s := m.slots[name]
	delete(m.slots, name)
	m.publish()
	m.mu.Unlock()
	if s == nil {
		return engine.Errorf(engine.NotFound, "no script %q", name)
	}
	return s.end(ctx)
}

// Deliver gives an event to every script that wants it. It never blocks. Events of one
// room must come one after another; they reach each script in that order.
func (m *Manager) Deliver(p dispatch.Prepared) {
	var kept *dispatch.Prepared // one copy for all who want it, none if nobody does
	for _, s := range *m.order.Load() {
		if t := s.table.Load(); t != nil && t.Wants(&p) {
			if p.Had != nil && p.Had(s.name) {
				s.lost(p.Event, trace.Repeated, "")
				continue
			}
			if kept == nil {
				c := p
				kept = &c
			}
			s.deliver(kept)
		}
	}
}

// Using lists the scripts to load again when the file at path changes.
func (m *Manager) Using(path string) []string {
	var names []string
	for _, s := range *m.order.Load() {
		if s.using(path) {
			names = append(names, s.name)
		}
	}
	return names
}

// Tables are what the scripts wait for, roughly.
func (m *Manager) Tables() script.Tables { return script.TablesOf(*m.order.Load(), (*slot).waitsFor) }

// Status lists the scripts by name.
func (m *Manager) Status() []script.Status {
	list := *m.order.Load()
	out := make([]script.Status, 0, len(list))
	for _, s := range list {
		out = append(out, s.status())
	}
	return out
}

// WaitIdle returns once no script has anything queued or running, and no handler of an
// event waits for something; handlers of timers and tasks may.
func (m *Manager) WaitIdle(ctx context.Context) error { return m.waitFor(ctx, m.Idle) }

// WaitQuiet is WaitIdle, but handlers of events may wait too.
func (m *Manager) WaitQuiet(ctx context.Context) error { return m.waitFor(ctx, m.Quiet) }

// Idle reports what WaitIdle waits for.
func (m *Manager) Idle() bool {
	return m.all(func(c *child) bool { return c.state.Quiet && c.state.Idle })
}

// Quiet reports what WaitQuiet waits for.
func (m *Manager) Quiet() bool { return m.all(func(c *child) bool { return c.state.Quiet }) }

func (m *Manager) all(rests func(*child) bool) bool {
	for _, s := range *m.order.Load() {
		if !s.rests(rests) {
			return false
		}
	}
	return true
}

func (m *Manager) waitFor(ctx context.Context, done func() bool) error {
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

// stirred is called whenever a script may have come to rest.
func (m *Manager) stirred() {
	m.idleMu.Lock()
	close(m.idleCh)
	m.idleCh = make(chan struct{})
	m.idleMu.Unlock()
}

// sayDrops says once a minute what was dropped.
func (m *Manager) sayDrops() {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-m.stopping:
			return
		}
		for _, s := range *m.order.Load() {
			if n := s.unsaid.Swap(0); n > 0 {
				m.opt.Log.Warn("events dropped: the script's mailbox is full, or its process died", slog.String("script", s.name), slog.Uint64("events", n))
			}
			if n := s.muted.Swap(0); n > 0 {
				m.opt.Log.Warn("log lines dropped: the script writes too many", slog.String("script", s.name), slog.Uint64("lines", n))
			}
		}
	}
}
