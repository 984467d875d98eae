package host

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/backtest"
	"botd/engine/config"
	"botd/engine/moderate"
	"botd/engine/plugin"
	"botd/engine/schedule"
	"botd/engine/script"
	"botd/engine/trace"
)

// Rules are the rules of moderation in force.
func (h *Host) Rules() []backtest.Rules {
	out := []backtest.Rules{}
	w := h.warden.Load()
	if w == nil {
		return out
	}
	for _, in := range w.InForce() {
		out = append(out, rulesOf(in.Script, in.Seen, in.Config))
	}
	return out
}

func rulesOf(script string, seen []engine.RoomGlob, cfg moderate.Config) backtest.Rules {
	r := backtest.Rules{Script: script, Config: cfg}
	for _, g := range seen {
		r.Rooms = append(r.Rooms, g.String())
	}
	return r
}

// loadTime is how long a script may take until its rules are in force.
const loadTime = 10 * time.Second

// RulesIn loads a script or plugin where nothing it does has an effect, and returns the rules
// of moderation that it puts in force by itself. name is that of one of the configuration, or a path to a file
// or the folder of a plugin. settings, if not nil, take the place of what the configuration says
// under config. What the script has stored is not there. Errors have code Invalid, NotFound if there is no such script, or are faults of the script.
func RulesIn(ctx context.Context, o Options, name string, settings map[string]any) ([]backtest.Rules, error) {
	h, err := New(o)
	if err != nil {
		return nil, err
	}
	src, err := h.sourceOf(name, settings)
	if err != nil {
		return nil, err
	}
	door := &trialDoor{}
	m := script.NewManager(script.Options{Log: slog.New(slog.DiscardHandler), Clock: h.opt.Clock, Door: door, Library: o.Library,
		Report: door.fault, Trace: func(trace.Step) {}})
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- m.Run(running) }()
	defer func() { stop(); <-ended }()
	bounded, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	if err := m.Load(bounded, src); err != nil {
		return nil, err
	}
	if err := m.WaitQuiet(bounded); err != nil {
		return nil, engine.Errorf(engine.Invalid, "%s does not come to rest within %s", name, loadTime)
	}
	return door.found(name)
}

// sourceOf reads a script by its name or path.
func (h *Host) sourceOf(name string, settings map[string]any) (script.Source, error) {
	file, err := h.findScript(name)
	if err != nil {
		return script.Source{}, err
	}
	src, err := h.sourceAt(file)
	if err != nil || settings == nil {
		return src, err
	}
	src.Config = settings
	if dir := filepath.Dir(file); filepath.Base(file) == plugin.MainFile && plugin.Exists(dir) {
		return withSettings(src, dir, settings)
	}
	return src, nil
}

// withSettings fills settings of a plugin in as its schema wants.
func withSettings(src script.Source, dir string, settings map[string]any) (script.Source, error) {
	p, err := plugin.Read(dir)
	if err != nil {
		return src, manifestFaults(filepath.Base(dir), err)
	}
	filled, problems := p.Schema.Fill(settings)
	if len(problems) > 0 {
		return src, engine.Errorf(engine.Invalid, "settings of %s: %s", p.Name, problems[0])
	}
	src.Config = config.Script{Config: filled}.RevealedConfig()
	return src, nil
}

// findScript is the file of a script or plugin.
func (h *Host) findScript(name string) (string, error) {
	paths := []string{name, scriptPath(h.cfg, name), filepath.Join(pluginDir(h.cfg, name), plugin.MainFile)}
	for _, path := range paths {
		fi, err := os.Stat(path)
		if err == nil && fi.IsDir() {
			path = filepath.Join(path, plugin.MainFile)
			fi, err = os.Stat(path)
		}
		if err == nil && !fi.IsDir() {
			return path, nil
		}
	}
	var known []string
	files, _ := fs.Glob(os.DirFS(h.cfg.ScriptsDir), "*"+ext)
	for _, f := range files {
		known = append(known, f[:len(f)-len(ext)])
	}
	return "", noneOf("script", name, append(known, plugin.Names(h.cfg.PluginsDir)...))
}

// trialDoor is a blind door that remembers rules.
type trialDoor struct {
	blindDoor

	mu     sync.Mutex
	rules  []backtest.Rules
	faults []*script.Error
}

func (d *trialDoor) Moderation(o script.Origin) (script.Moderation, error) {
	return trialDesk{blindModeration{}, d, o.Script}, nil
}

// Schedule leads to one that never runs anything.
func (d *trialDoor) Schedule(o script.Origin) (script.Schedule, error) {
	log := slog.New(slog.DiscardHandler)
	return script.ScheduleOf(schedule.New(schedule.Options{Hold: true}), schedule.NewJobs(engine.SystemClock{}, log, &schedule.MemoryJobs{}), o.Script), nil
}

// Store has nothing, and keeps nothing.
func (d *trialDoor) Store(r script.StoreRequest, done func(script.StoreAnswer)) {
	if r.Op == script.StoreGet || r.Op == script.StoreList {
		done(script.StoreAnswer{})
		return
	}
	d.blindDoor.Store(r, done)
}

func (d *trialDoor) fault(e *script.Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = append(d.faults, e)
}

func (d *trialDoor) found(name string) ([]backtest.Rules, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case len(d.rules) > 0:
		return d.rules, nil
	case len(d.faults) > 0:
		return nil, d.faults[0]
	}
	return nil, engine.Errorf(engine.Invalid, "%s puts no rules of moderation in force when it is loaded", name)
}

type trialDesk struct {
	blindModeration
	door   *trialDoor
	script string
}

func (d trialDesk) Prepare(seen []engine.RoomGlob, cfg moderate.Config) (script.Rules, error) {
	_, err := moderate.Compile(cfg)
	return trialRules{d.door, rulesOf(d.script, seen, cfg)}, err
}

// trialRules are remembered once they would hold.
type trialRules struct {
	door  *trialDoor
	rules backtest.Rules
}

// Begin remembers them, in the place of those of the same name.
func (r trialRules) Begin() {
	r.door.mu.Lock()
	defer r.door.mu.Unlock()
	r.door.rules = append(slices.DeleteFunc(r.door.rules, func(o backtest.Rules) bool {
		return o.Script == r.rules.Script && o.Config.Name == r.rules.Config.Name
	}), r.rules)
}

// End does nothing: they are wanted after the script has ended too.
func (trialRules) End() {}
