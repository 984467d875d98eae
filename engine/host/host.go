// Package host joins the parts of the daemon and is the one thing the command line
// and the control socket talk to: a method for each thing an operator can ask.
package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"botd/engine"
	"botd/engine/actions"
	"botd/engine/bus"
	"botd/engine/chatlog"
	"botd/engine/config"
	"botd/engine/contest"
	"botd/engine/dispatch"
	"botd/engine/facts"
	"botd/engine/metric"
	"botd/engine/roster"
	"botd/engine/schedule"
	"botd/engine/script"
	"botd/engine/seen"
	"botd/engine/store"
	"botd/engine/supervisor"
	"botd/engine/trace"
	"botd/engine/warden"
	"botd/engine/web"
)

// Options are what a host is made of. Config, Adapters and Library must be set.
type Options struct {
	Config *config.Config
	// Reload reads the configuration again after its file changed; nil for one that
	// does not change.
	Reload   func() (*config.Config, error)
	Adapters []engine.Adapter
	Library  *script.Library
	Version  string

	Clock   engine.Clock // the system's if nil
	Log     *slog.Logger // nowhere if nil
	Level   *slog.LevelVar
	Dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	Backoff supervisor.Backoff
	// DialWeb and Resolve are the network of scripts' requests; the system's if nil.
	DialWeb func(ctx context.Context, network, addr string) (net.Conn, error)
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Web answers the requests of scripts in the place of the network; nil for none.
	Web http.RoundTripper
	// Rand is chance as scripts and back-offs have it: 64 random bits, from any goroutine;
	// math/rand/v2 if nil.
	Rand func() uint64
	// Pick says which of the scripts in the folders are loaded at the start; all if nil.
	Pick func(name string) bool
	// Listen opens the port of admin.listen; the system's if nil.
	Listen func(network, addr string) (net.Listener, error)
	// ShowError is given every fault of a script, to show it to a person; nil logs it.
	ShowError func(*script.Error)
	// Store is for tests that have no use for files; the caller closes it. Nil is
	// botd.db in the data folder.
	Store store.Store
	// Traces is for how many of the latest events it is remembered what became of them:
	// trace.DefaultEvents if 0, none if less.
	Traces int
	DryRun bool // scripts run, and nothing they do leaves
	Static bool // files are read once and not watched
}

// Host is the daemon without its doors. Its methods may be called from any goroutine
// while Run runs.
type Host struct {
	*Storage // its store is there from Run on
	opt      Options
	log      *slog.Logger
	started  time.Time
	bus      *bus.Bus
	roster   *roster.Roster
	super    *supervisor.Supervisor
	gate     *actions.Gate
	sieve    *dispatch.Sieve
	scripts  runtimes
	plugins  plugins
	metrics  metric.Book
	masks    masks
	schedule *schedule.Scheduler
	jobs     *schedule.Jobs
	states   *states
	lines    *announcer
	contests *contest.Manager
	feed     feed
	prefixes atomic.Pointer[dispatch.Prefixes]
	grants   atomic.Pointer[map[string]engine.GrantSet]
	quotas   atomic.Pointer[quotas]
	reaches  atomic.Pointer[map[string]engine.Reach] // of scripts whose grants are configured
	web      *web.Client
	hooks    *web.Hooks
	server   *web.Server
	beside   beside
	opening  opening
	running  context.Context // of Run, for what goes on beside it
	ledger   ledger
	seen     *seen.Book                    // from Run on
	warden   atomic.Pointer[warden.Warden] // from Run on
	messages atomic.Pointer[chatlog.Log]   // likewise; nil if there are no files
	trace    *trace.Book                   // nil if nothing is remembered
	ending   atomic.Bool                   // scripts are told to end: events reach them no more
	ready    chan struct{}                 // closed once the scripts are loaded and the sessions started
	people

	mu  sync.Mutex // guards cfg; held while a configuration is applied
	cfg *config.Config
	// inForce is the same for those who cannot wait for a configuration to be applied.
	inForce atomic.Pointer[config.Config]
}

// New checks the configuration against the adapters and joins the parts. It does no
// I/O; its errors have code Invalid and say what is wrong in which file and line.
func New(o Options) (*Host, error) {
	if o.Clock == nil {
		o.Clock = engine.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Rand == nil {
		o.Rand = rand.Uint64
	}
	h := &Host{Storage: &Storage{}, opt: o, log: o.Log, ready: make(chan struct{}), ledger: ledger{log: o.Log}}
	if _, err := h.specs(o.Config); err != nil {
		return nil, err
	}
	p, err := plan(o.Config)
	if err != nil {
		return nil, err
	}
	h.adopt(o.Config, p)
	h.states = newStates(h)
	if o.Traces >= 0 {
		h.trace = trace.NewBook(o.Traces, 0)
	}

	h.bus = bus.New(bus.Options{Clock: o.Clock, Log: o.Log})
	h.roster = &roster.Roster{}
	h.super = supervisor.New(supervisor.Options{
		Log: o.Log, Clock: o.Clock, Dial: o.Dial, Emit: h.emit, Backoff: o.Backoff,
		Keep: h.sessionKeep, Vault: h.vault, Dir: h.sessionDir, Seen: h.lastSeen, Handled: h.writtenDown, Delivered: h.hasSeen,
		Rand: h.chance,
	})
	h.lines = &announcer{h: h}
	h.contests = h.newContests()
	h.gate = actions.New(actions.Options{
		Sender: sender{super: h.super, announcer: h.lines}, Grants: h.grantsOf, Clock: o.Clock, Log: o.Log, DryRun: o.DryRun, Trace: h.trace,
	})
	h.scripts = newRuntimes(script.Options{
		Log: o.Log, Clock: o.Clock, Door: door{h}, Library: o.Library, Report: h.fault, Trace: h.tracer(),
	}, h.foreignTracer())
	h.sieve = dispatch.NewSieve(dispatch.SieveOptions{
		Clock: o.Clock, Log: o.Log, Any: h.scripts.Screens, Next: h.nextScreen, Prepare: h.prepare, Deliver: h.deliver, Trace: h.trace.Add,
	})
	h.web = h.newWeb()
	h.hooks = web.NewHooks(o.Clock, o.Log)
	h.server = h.newServer()
	h.schedule = schedule.New(schedule.Options{Clock: o.Clock, Log: o.Log, Journal: cronJournal{h}, Hold: true})
	h.jobs = schedule.NewJobs(o.Clock, o.Log, jobJournal{h})
	h.bus.Attach(h.roster.Apply)
	h.bus.Attach(h.schedule.Hear)
	h.bus.Attach(h.keepMessage) // before the rules of moderation, which may take a line from all others
	h.bus.Attach(h.dispatch)
	h.opening.h = h
	h.bus.Attach(h.opening.hear)
	return h, nil
}

// chance is a number in [0, 1).
func (h *Host) chance() float64 { return float64(h.opt.Rand()>>11) / (1 << 53) }

// dispatch is the bus's way to the scripts.
func (h *Host) dispatch(ev *engine.Event) {
	h.seen.Delivered(ev)
	if !h.moderated(ev) {
		h.sieve.Take(h.prepare(ev))
	}
}

// prepare works out what an event means.
func (h *Host) prepare(ev *engine.Event) dispatch.Prepared {
	me, _ := h.roster.MeIn(ev.Session, ev.Room.ID)
	return dispatch.Prepare(ev, me, h.prefixes.Load())
}

// deliver takes an event that the filters let through, from any goroutine. What a filter does
// about an event is no reason to leave its script out when that comes again: filters must see it
// again. So the ledger hears of the event only now.
func (h *Host) deliver(p dispatch.Prepared) {
	ev := p.Event
	p.Had = h.ledger.note(ev)
	if h.questions.Take(&p, h.isCommand) {
		h.trace.Add(trace.Step{Event: ev.ID, At: h.opt.Clock.Now(), Reason: trace.Answer})
		return
	}
	h.contests.Hear(ev)
	if p.Command != "" {
		h.answer(&p)
	}
	h.scripts.Deliver(p)
}

// Run loads the scripts, starts the sessions and keeps both going until ctx ends. Then
// it stops in the opposite order: sessions take in no more, scripts end, what they
// still said leaves.
func (h *Host) Run(ctx context.Context) error {
	h.started = h.opt.Clock.Now()
	running, stop := context.WithCancel(ctx)
	defer stop()
	h.running = running
	if err := h.prepareFolders(); err != nil {
		return err
	}
	closeStore, err := h.openStore(ctx)
	if err != nil {
		return err
	}
	if h.seen, err = seen.Open(ctx, h.store); err != nil {
		return errors.Join(fmt.Errorf("read which events were handled: %w", err), closeStore())
	}
	if err := h.ledger.open(ctx, h.store, h.started); err != nil {
		return errors.Join(err, closeStore())
	}
	if err := h.loseQuestions(ctx); err != nil {
		return errors.Join(fmt.Errorf("read the questions that were open: %w", err), closeStore())
	}
	if err := h.lines.load(ctx); err != nil {
		return errors.Join(fmt.Errorf("read the announcements that wait: %w", err), closeStore())
	}
	if err := h.jobs.Load(); err != nil {
		return errors.Join(fmt.Errorf("read the jobs of scripts: %w", err), closeStore())
	}
	if err := h.openFacts(ctx); err != nil {
		return errors.Join(err, closeStore())
	}
	if err := h.contests.Open(ctx, h.store); err != nil {
		return errors.Join(err, closeStore())
	}
	closeMessages, err := h.openMessages(ctx)
	if err != nil {
		return errors.Join(err, closeStore())
	}
	err = h.runParts(ctx)
	closeMessages()
	return errors.Join(err, closeStore())
}

// openFacts reads what is kept in memory as well.
func (h *Host) openFacts(ctx context.Context) (err error) {
	h.cooldowns, err = facts.Open(ctx, facts.Options{Store: h.store, Space: "cooldown", Clock: h.opt.Clock, Log: h.log})
	if err == nil {
		err = h.openPeople(ctx)
	}
	if err == nil {
		err = h.openWarden(ctx)
	}
	return err
}

// openStore opens the store, unless the caller gave one.
func (h *Host) openStore(ctx context.Context) (closeStore func() error, err error) {
	if h.store = h.opt.Store; h.store != nil {
		return func() error { return nil }, nil
	}
	s, err := store.Open(ctx, filepath.Join(h.opt.Config.DataDir, storeFile), h.opt.Clock)
	if err != nil {
		return nil, err
	}
	h.store = s
	return s.Close, nil
}

// runParts runs what uses the store.
func (h *Host) runParts(ctx context.Context) error {
	scriptsCtx, stopScripts := context.WithCancel(context.WithoutCancel(ctx))
	defer stopScripts()
	scriptsEnded := make(chan error, 1)
	go func() { scriptsEnded <- h.scripts.Run(scriptsCtx) }()

	stopContests := h.runContests(ctx)
	defer stopContests() // when nothing can come of their actions any more
	w := h.watcher()
	h.loadAll(ctx, w)
	g, gctx := errgroup.WithContext(ctx)
	superCtx, stopSuper := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSuper()
	g.Go(func() error { return h.super.Run(superCtx) })
	var last uint64 // event that was handled
	err := h.startAll()
	if err == nil {
		h.lines.resume()
		h.contests.Begin()
		h.warden.Load().Resume()
		close(h.ready)
		g.Go(func() error { h.settle(gctx); return nil })
		if !h.opt.Static {
			g.Go(func() error { h.watch(gctx, w); return nil })
			g.Go(func() error { h.watchPresence(gctx); return nil })
			g.Go(func() error { h.watchPeople(gctx); return nil })
		}
		h.opening.begin()
		<-gctx.Done()
		h.notePresence(context.WithoutCancel(gctx)) // while the sessions still are where they were
		h.flush()
		last = h.lastHandled()
	}
	h.opening.end()
	h.schedule.Close()
	h.jobs.Close()
	h.server.Close(farewell)
	h.ending.Store(true)
	stopScripts()
	err = errors.Join(err, <-scriptsEnded)
	h.states.close()
	h.settleLast(ctx, last)
	h.known.Load().Flush(context.WithoutCancel(ctx))
	stopSuper()
	h.beside.Wait()
	return errors.Join(err, g.Wait())
}

// Ready is closed once the scripts are loaded and the sessions started.
func (h *Host) Ready() <-chan struct{} { return h.ready }

// farewell is how long a stopping daemon waits for handlers that run and for lines on
// their way out.
const farewell = 2 * time.Second

func (h *Host) flush() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer h.opt.Clock.AfterFunc(farewell, cancel)()
	if err := h.super.WaitIdle(ctx); err != nil {
		h.log.Warn("stopping with actions still on their way")
	}
}

// prepareFolders makes the data folder, which must be writable.
func (h *Host) prepareFolders() error {
	dir := h.opt.Config.DataDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return engine.Errorf(engine.Invalid, "data folder %s cannot be made: %w; set data_dir in config.yaml or BOTD_DATA_DIR to a folder botd may write to", dir, err)
	}
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return engine.Errorf(engine.Invalid, "data folder %s is not writable: %w; set data_dir in config.yaml or BOTD_DATA_DIR to a folder botd may write to", dir, err)
	}
	f.Close()
	return os.Remove(f.Name())
}

// WaitIdle returns once no script has anything to do about the events so far and all
// they said has left.
func (h *Host) WaitIdle(ctx context.Context) error {
	for {
		if err := h.delivered(ctx); err != nil {
			return err
		}
		if err := h.scripts.WaitIdle(ctx); err != nil {
			return err
		}
		if err := h.super.WaitIdle(ctx); err != nil {
			return err
		}
		if h.passed() && h.scripts.Idle() { // what was sent may have come back as events
			return nil
		}
	}
}
