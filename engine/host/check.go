package host

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/metric"
	"botd/engine/moderate"
	"botd/engine/plugin"
	"botd/engine/schedule"
	"botd/engine/script"
	"botd/engine/trace"
	"botd/engine/web"
)

// Check loads scripts as the daemon would, where nothing they do has an effect, reads them for
// names that lead nowhere, calls that cannot work and things they may not do or no network of theirs can, and calls report with every fault. paths are files and folders of scripts, and folders of
// plugins; none means the configured folder and all plugins. It returns how many scripts it looked at. An error about the
// configuration has code Invalid, about a path that cannot be read NotFound.
func Check(ctx context.Context, o Options, paths []string, report func(*Fault)) (int, error) {
	h, err := New(o)
	if err != nil {
		return 0, err
	}
	if len(paths) == 0 {
		paths = []string{o.Config.ScriptsDir}
		for _, name := range plugin.Names(o.Config.PluginsDir) {
			paths = append(paths, pluginDir(o.Config, name))
		}
	}
	var files []string
	for _, path := range paths {
		in, err := scriptsIn(path)
		if err != nil {
			return 0, engine.Errorf(engine.NotFound, "check %s: %w", path, err)
		}
		files = append(files, in...)
	}
	exempt := exemptBook{h: h, report: report}
	m := script.NewManager(script.Options{Log: slog.New(slog.DiscardHandler), Clock: h.opt.Clock, Door: blindDoor{exempt.take}, Library: o.Library,
		Trace: func(trace.Step) {}}) // so that commands know where they stand
	commands := commandBook{h: h}
	modules := moduleBook{library: o.Library, report: report, sets: map[string][]string{}}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- m.Run(running) }() // it enforces the limits
	defer func() { stop(); <-ended }()
	for n, file := range files {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		src, err := h.sourceAt(file)
		if faults := FaultsOf(err); len(faults) > 0 {
			for _, f := range faults {
				report(f)
			}
			continue
		}
		if err != nil {
			return n, err
		}
		exempt.turn(src)
		src.Before = func(t *dispatch.Table) { commands.take(src, t, report) }
		faults := FaultsOf(m.Check(src))
		for _, f := range faults {
			report(f)
		}
		found := o.Library.Inspect(file, src.Code, modules.of(src, o.Library.Inspect(file, src.Code).Requires)...)
		for _, f := range slices.Concat(found.Findings, h.unmet(file, src, found.Needs)) {
			if slices.ContainsFunc(faults, func(other *Fault) bool { return other.Line == f.Line && other.Msg == f.Msg }) {
				continue // loading it said the same
			}
			report(&Fault{Script: src.Name, File: file, Line: f.Line, Column: f.Column, Msg: f.Msg, Hint: f.Hint, Excerpt: script.Excerpt(src.Code, f.Line)})
		}
	}
	return len(files), nil
}

// scriptsIn lists the script at path, or those right in the folder there.
func scriptsIn(path string) ([]string, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !fi.IsDir() {
		return []string{path}, nil
	}
	if plugin.Exists(path) {
		return []string{filepath.Join(path, plugin.MainFile)}, nil
	}
	entries, err := os.ReadDir(path)
	var files []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ext && !e.IsDir() {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	return files, err
}

// sourceAt reads a script that need not be in the scripts folder. Messages name the
// whole path.
func (h *Host) sourceAt(file string) (script.Source, error) {
	if dir := filepath.Dir(file); filepath.Base(file) == plugin.MainFile && plugin.Exists(dir) {
		return h.pluginAt(dir)
	}
	cfg := *h.cfg
	cfg.ScriptsDir = filepath.Dir(file)
	src, err := source(&cfg, scriptName(&cfg, file), "start")
	src.File = file
	return src, err
}

// pluginAt reads a plugin, whatever it is granted. The settings of one that is off need not
// be there.
func (h *Host) pluginAt(dir string) (script.Source, error) {
	p, err := plugin.Read(dir)
	if err != nil {
		return script.Source{}, manifestFaults(filepath.Base(dir), err)
	}
	src, err := codeOf(p, h.cfg, "start")
	if err != nil {
		return src, err
	}
	src.File = filepath.Join(dir, plugin.MainFile)
	if entry := h.cfg.Script(p.Name); entry.On() {
		src.Config, err = pluginConfig(p, entry)
	} else {
		src.Config, _ = p.Schema.Fill(nil)
	}
	return src, err
}

// blindDoor leads nowhere: it is that of a daemon without sessions that hears nothing
// of what scripts do.
type blindDoor struct {
	rules func(script string, cfg moderate.Config) // is told of rules
}

var _ script.Door = blindDoor{}

func (blindDoor) Do(_ script.Request, done func(engine.Receipt)) {
	done(engine.Fail(engine.Errorf(engine.NotConnected, "nothing leaves while scripts are checked")))
}

func (blindDoor) Offers(engine.RoomPath, string) []script.Offer { return nil }

func (blindDoor) Caps(s engine.SessionID, r engine.RoomID) (engine.Capabilities, error) {
	return engine.Capabilities{}, engine.Errorf(engine.NotFound, "no room %q", engine.Path(s, r))
}

func (blindDoor) Store(_ script.StoreRequest, done func(script.StoreAnswer)) {
	done(script.StoreAnswer{Err: engine.Errorf(engine.NotConnected, "nothing is stored while scripts are checked")})
}

func (blindDoor) Fetch(_ script.FetchRequest, done func(script.FetchAnswer)) func() {
	done(script.FetchAnswer{Err: engine.Errorf(engine.NotConnected, "nobody is asked while scripts are checked")})
	return func() {}
}

func (blindDoor) Hook(_ script.Origin, h script.Hook, _ func(script.HookCall, func(script.HookReply))) (func(), error) {
	return func() {}, web.CheckHook(h.Path, h.Secret)
}

func (blindDoor) GiveRole(_ script.Origin, _ engine.SessionID, _ engine.User, _ engine.Role, done func(error)) {
	done(engine.Errorf(engine.NotConnected, "nobody is known while scripts are checked"))
}

func (blindDoor) Filters(script.Origin) error                       { return nil }
func (blindDoor) Metric(_ script.Origin, p metric.Point) error      { return metric.Check(p) }
func (blindDoor) LoadState(script.Origin) ([]byte, error)           { return nil, nil }
func (blindDoor) SaveState(script.Origin, []byte, []engine.EventID) {}
func (blindDoor) Emit(script.Origin, string, any) error             { return nil }
func (blindDoor) Commands(engine.SessionID) []engine.Command        { return nil }
func (blindDoor) Rooms() []script.RoomState                         { return nil }
func (blindDoor) Sessions() []script.SessionState                   { return nil }
func (blindDoor) Users(engine.RoomPath) []engine.User               { return nil }
func (blindDoor) Recent(engine.RoomPath, int) []*engine.Event       { return nil }
func (blindDoor) Log(script.Origin, string, string, map[string]any) {}

func (blindDoor) Reveal(script.Origin, engine.Private) (string, error) {
	return "", engine.Errorf(engine.Denied, "nothing is told while scripts are checked")
}

// Schedule leads to a schedule that ends with the check: nothing is put on it before a
// script serves.
func (blindDoor) Schedule(o script.Origin) (script.Schedule, error) {
	return script.ScheduleOf(schedule.New(schedule.Options{}), schedule.NewJobs(engine.SystemClock{}, slog.New(slog.DiscardHandler), &schedule.MemoryJobs{}), o.Script), nil
}

func (d blindDoor) Moderation(o script.Origin) (script.Moderation, error) {
	return blindModeration{rules: func(cfg moderate.Config) { d.rules(o.Script, cfg) }}, nil
}

func (blindDoor) Cooldown(script.Origin, []script.Hold) time.Duration { return 0 }

func (blindDoor) Question(script.Origin, script.Question, func(*engine.Event), func()) (func(bool), error) {
	return nil, engine.Errorf(engine.NotConnected, "nobody answers while scripts are checked")
}

func (blindDoor) Rand() uint64 { return rand.Uint64() }

func (blindDoor) Contest(_ script.ContestRequest, done func(script.ContestAnswer)) func() {
	done(script.ContestAnswer{Err: engine.Errorf(engine.NotConnected, "there are no polls and raffles here")})
	return func() {}
}
