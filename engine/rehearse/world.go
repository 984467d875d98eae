package rehearse

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/enginetest"
	"botd/engine/host"
	"botd/engine/nearest"
	"botd/engine/script"
	"botd/engine/store"
	"botd/engine/supervisor"
)

// epoch is when every test begins, a Tuesday at noon.
var epoch = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

// world is the daemon, its networks and its time in one case of a test.
type world struct {
	opt   *Options
	dir   string // of data, which stays empty
	clock *enginetest.Clock
	store *store.Memory
	web   *pages
	chaos *chaos // nil without

	host  *host.Host
	life  *life
	stop  context.CancelFunc
	ended chan error

	mu     sync.Mutex
	rand   *rand.Rand
	cfg    *config.Config
	nets   []*network
	loaded []string
	asked  []string // all that were to be loaded
	faults []*script.Error
	logs   []logLine
	steps  int
}

// logLine is a line that a script logged.
type logLine struct{ script, level, text string }

// newWorld makes a world with a daemon that runs, without scripts and rooms.
func newWorld(opt *Options, seed uint64) (*world, error) {
	dir, err := os.MkdirTemp("", "botd-test-*")
	if err != nil {
		return nil, err
	}
	clock := enginetest.NewClock(epoch)
	w := &world{
		opt: opt, dir: dir, clock: clock, store: store.NewMemory(clock), rand: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15)),
	}
	w.web = &pages{w: w}
	if opt.Chaos {
		w.chaos = newChaos(w, seed)
	}
	cfg := config.Default()
	cfg.DataDir, cfg.ScriptsDir, cfg.PluginsDir = dir, opt.ScriptsDir, opt.PluginsDir
	cfg.Admin.Listen, cfg.Sessions = "in the test", nil
	// How long a busy machine takes is not what is tested; instructions are counted. The
	// relation of the two says how many a script has for loading.
	cfg.Limits.HandlerTime *= patience
	cfg.Limits.LoadTime *= patience
	w.cfg = cfg
	return w, w.start()
}

// patience is how much longer than in the daemon scripts may run.
const patience = 60

// seedOf is the seed of one case: it does not depend on which cases ran before.
func seedOf(seed uint64, name string) uint64 {
	h := fnv.New64a()
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], seed)
	h.Write(b[:])
	h.Write([]byte(name))
	return h.Sum64()
}

// start begins a life of the daemon.
func (w *world) start() error {
	w.life = newLife(w.clock, w.store)
	l := w.life
	var adapters []engine.Adapter
	for _, a := range w.opt.Adapters {
		adapters = append(adapters, simulated(w, a))
	}
	h, err := host.New(host.Options{
		Config: w.config(), Reload: func() (*config.Config, error) { return w.config(), nil },
		Adapters: adapters, Library: w.opt.Library, Version: w.opt.Version, Clock: l, Store: l, Static: true,
		Log: slog.New(w.log(l)), Web: w.web, Rand: w.random, Pick: w.isLoaded,
		ShowError: func(e *script.Error) { w.fault(l, e) },
		Backoff:   w.backoff(),
		Listen:    func(string, string) (net.Listener, error) { return newSilence(), nil },
	})
	if err != nil {
		return err
	}
	var ctx context.Context
	ctx, w.stop = context.WithCancel(context.Background())
	w.host, w.ended = h, make(chan error, 1)
	go func(ended chan<- error) { ended <- h.Run(ctx) }(w.ended)
	select {
	case <-h.Ready():
		return nil
	case err := <-w.ended:
		w.ended <- err
		return err
	}
}

// backoff is as in the daemon, but for chaos, which must not change what time does.
func (w *world) backoff() supervisor.Backoff {
	if w.chaos != nil {
		return supervisor.Backoff{Min: chaosBackoff, Max: 2 * chaosBackoff}
	}
	return supervisor.Backoff{}
}

// kill ends the life of the daemon as a crash does.
func (w *world) kill() error {
	w.life.end()
	w.stop()
	for _, n := range w.networks() {
		n.drop("", engine.Errorf(engine.NotConnected, "the daemon is gone"))
	}
	return <-w.ended
}

// close ends everything.
func (w *world) close() error {
	err := w.kill()
	w.web.close()
	_ = w.store.Close()
	_ = os.RemoveAll(w.dir)
	return err
}

// config is a copy of the configuration as the test wants it.
func (w *world) config() *config.Config {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := *w.cfg
	c.Sessions, c.Scripts = slices.Clone(c.Sessions), slices.Clone(c.Scripts)
	return &c
}

// configure changes the configuration and has the daemon follow.
func (w *world) configure(ctx context.Context, f func(*config.Config)) error {
	w.mu.Lock()
	f(w.cfg)
	w.mu.Unlock()
	return w.host.Reconfigure(ctx)
}

func (w *world) random() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rand.Uint64()
}

func (w *world) isLoaded(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Contains(w.loaded, name)
}

func (w *world) fault(l *life, e *script.Error) {
	if l.dead() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, e)
}

// takeFaults returns the faults of scripts since the last call.
func (w *world) takeFaults() []*script.Error {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.faults
	w.faults = nil
	return list
}

func (w *world) networks() []*network {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.nets)
}

func (w *world) network(name engine.SessionID) *network {
	for _, n := range w.networks() {
		if n.name == name {
			return n
		}
	}
	return nil
}

// join makes sure that the bot is to be in a room of a network like that of an adapter.
func (w *world) join(ctx context.Context, path engine.RoomPath, like string, me engine.User, furnish func(*room) error) (*room, error) {
	session, id, ok := path.Split()
	if !ok || session == "" || id == "" {
		return nil, engine.Errorf(engine.Invalid, "%q is no room: write SESSION/ROOM, as in lobby/lobby", path)
	}
	n := w.network(session)
	if n == nil {
		a, err := w.adapter(like)
		if err != nil {
			return nil, err
		}
		n = &network{w: w, name: session, adapter: a, caps: a.Caps, me: me, refuse: map[string]*refusal{}, calls: map[string]answerer{}}
		w.mu.Lock()
		w.nets = append(w.nets, n)
		w.mu.Unlock()
	} else if like != "" && like != n.adapter.Name {
		return nil, engine.Errorf(engine.Conflict, "session %q is like %s already", session, n.adapter.Name)
	}
	n.mu.Lock()
	r := n.addRoom(id)
	err := furnish(r)
	n.mu.Unlock()
	if err != nil {
		return nil, err
	}
	err = w.configure(ctx, func(c *config.Config) {
		i := slices.IndexFunc(c.Sessions, func(s config.Session) bool { return s.Name == session })
		if i < 0 {
			c.Sessions = append(slices.Clone(c.Sessions), config.Session{Name: session, Adapter: n.adapter.Name, Enabled: true, Rooms: []engine.RoomID{id}})
			return
		}
		s := &c.Sessions[i]
		if !slices.Contains(s.Rooms, id) {
			s.Rooms = append(slices.Clone(s.Rooms), id)
		}
	})
	return r, err
}

func (w *world) adapter(name string) (engine.Adapter, error) {
	if name == "" {
		name = "local"
	}
	var known []string
	for _, a := range w.opt.Adapters {
		if a.Name == name {
			return a, nil
		}
		known = append(known, a.Name)
	}
	return engine.Adapter{}, engine.Errorf(engine.NotFound, "no adapter %q%s", name, nearest.HintOrAll(name, known))
}

// load brings a script to life.
func (w *world) load(ctx context.Context, file string, entry config.Script) error {
	name := strings.TrimSuffix(filepath.ToSlash(file), ".lua")
	if strings.Contains(name, "/") {
		return engine.Errorf(engine.Invalid, "%q is no script: scripts are files right in the folder of scripts, and load takes their name, as order.lua", file)
	}
	entry.Name = name
	err := w.configure(ctx, func(c *config.Config) {
		c.Scripts = slices.DeleteFunc(slices.Clone(c.Scripts), func(s config.Script) bool { return s.Name == name })
		c.Scripts = append(c.Scripts, entry)
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.asked = append(w.asked, name)
	reason := "saved"
	if !slices.Contains(w.loaded, name) {
		w.loaded = append(w.loaded, name)
		reason = "start"
	}
	w.mu.Unlock()
	return w.host.Load(ctx, name, reason)
}

// crash drops the daemon as it is, and starts another on the same store.
func (w *world) crash() error {
	if err := w.kill(); err != nil {
		return err
	}
	return w.start()
}

// settle lets everything happen that needs no time.
func (w *world) settle(ctx context.Context) error {
	for {
		if err := w.host.WaitStill(ctx); err != nil {
			return err
		}
		if !w.clock.Step(w.clock.Now()) {
			return nil
		}
	}
}

// advance lets time pass. Timers run one by one, and what follows from each has happened
// before the next.
func (w *world) advance(ctx context.Context, d time.Duration) error {
	until := w.clock.Now().Add(d)
	for {
		if err := w.host.WaitStill(ctx); err != nil {
			return err
		}
		if !w.clock.Step(until) {
			return w.settle(ctx)
		}
	}
}

// log catches what scripts log; the daemon's own lines are of no interest.
func (w *world) log(l *life) slog.Handler { return logHandler{w, l} }

type logHandler struct {
	w *world
	l *life
}

func (h logHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h logHandler) Handle(_ context.Context, r slog.Record) error {
	line := logLine{level: strings.ToLower(r.Level.String()), text: r.Message}
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "script" {
			line.script = a.Value.String()
		}
		return true
	})
	if line.script == "" || h.l.dead() {
		return nil
	}
	h.w.mu.Lock()
	defer h.w.mu.Unlock()
	h.w.logs = append(h.w.logs, line)
	return nil
}

func (h logHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h logHandler) WithGroup(string) slog.Handler      { return h }

// uses is what the scripts that were loaded are made of. One that was unloaded since counts too.
func (w *world) uses() []string {
	w.mu.Lock()
	asked := slices.Clone(w.asked)
	w.mu.Unlock()
	paths := w.host.Uses()
	for _, name := range asked {
		paths = append(paths, filepath.Join(w.opt.ScriptsDir, name+".lua"), filepath.Join(w.opt.PluginsDir, name))
	}
	return paths
}

// unload ends a script.
func (w *world) unload(ctx context.Context, name string) error {
	w.mu.Lock()
	w.loaded = slices.DeleteFunc(slices.Clone(w.loaded), func(n string) bool { return n == name })
	w.mu.Unlock()
	return w.host.Unload(ctx, name)
}
