package host

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/nearest"
	"botd/engine/plugin"
	"botd/engine/script"
)

// PluginStatus is what there is to know of a plugin.
type PluginStatus struct {
	Name        string   `json:"name"`
	Version     string   `json:"version,omitempty"` // on disk
	Description string   `json:"description,omitempty"`
	Enabled     bool     `json:"enabled"`
	Rooms       []string `json:"rooms"`             // patterns of those it sees; none for all
	Running     string   `json:"running,omitempty"` // the version that serves
	Wants       []string `json:"wants"`
	Withheld    []string `json:"withheld"`          // of what it wants
	Problem     string   `json:"problem,omitempty"` // why the version on disk does not run
}

// plugins is what the host knows of the enabled ones.
type plugins struct {
	mu sync.Mutex
	of map[string]pluginState
}

type pluginState struct {
	wants   []string // of the version that serves or is being loaded
	running string   // "" if none is
	problem string
}

func (p *plugins) get(name string) (pluginState, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.of[name]
	return s, ok
}

func (p *plugins) set(name string, s pluginState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil {
		p.of = map[string]pluginState{}
	}
	p.of[name] = s
}

func (p *plugins) forget(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.of, name)
}

func (p *plugins) all() map[string]pluginState {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.of)
}

func pluginDir(cfg *config.Config, name string) string { return filepath.Join(cfg.PluginsDir, name) }

// isPlugin reports whether a name is that of a plugin: there is one and no script.
func isPlugin(cfg *config.Config, name string) bool {
	_, err := os.Stat(scriptPath(cfg, name))
	return os.IsNotExist(err) && plugin.Exists(pluginDir(cfg, name))
}

// pluginOf is the plugin that a file is part of, "" if it is no part of one that is read
// when it loads. What it requires is noticed another way.
func pluginOf(cfg *config.Config, file string) string {
	rel, err := filepath.Rel(cfg.PluginsDir, file)
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	name, rest, _ := strings.Cut(filepath.ToSlash(rel), "/")
	dir, base := path.Split(rest)
	if rest == plugin.ManifestFile || rest == plugin.MainFile || dir == i18nDir+"/" && path.Ext(base) == textsExt {
		return name
	}
	return ""
}

// loadPlugin brings the newest version of a plugin to life, or ends the plugin if it is
// not switched on. One that wants more than it is granted stays as it is.
func (h *Host) loadPlugin(ctx context.Context, cfg *config.Config, name, reason string) error {
	if !cfg.Script(name).On() {
		return h.unload(ctx, name)
	}
	p, src, err := h.pluginSource(cfg, name, reason)
	was, _ := h.plugins.get(name)
	refused := err != nil
	if !refused {
		next := pluginState{wants: slices.Concat(was.wants, p.Grants), running: was.running}
		h.plugins.set(name, next)
		h.regrant()
		h.masks.set(name, cfg.Script(name).Hidden())
		if err = h.scripts.Load(ctx, cfg.Script(name), src); err == nil {
			was = pluginState{wants: p.Grants, running: p.Version}
		}
	}
	was.problem = problemText(err)
	h.plugins.set(name, was)
	h.regrant()
	if refused { // who is told finds it in the status too
		h.refused(name, err)
	}
	if err != nil {
		return err
	}
	h.log.Info("plugin loaded", slog.String("script", name), slog.String("version", p.Version), slog.String("reason", reason))
	return nil
}

// pluginSource reads a plugin and checks all that can be checked without running it.
func (h *Host) pluginSource(cfg *config.Config, name, reason string) (*plugin.Plugin, script.Source, error) {
	entry := cfg.Script(name)
	p, err := plugin.Read(pluginDir(cfg, name))
	if err != nil {
		return nil, script.Source{}, manifestFaults(name, err)
	}
	if err := permitted(p, entry, h.opt.Version); err != nil {
		return nil, script.Source{}, err
	}
	settings, err := pluginConfig(p, entry)
	if err != nil {
		return nil, script.Source{}, err
	}
	src, err := codeOf(p, cfg, reason)
	src.Config = settings
	return p, src, err
}

// permitted tells why a plugin may not run.
func permitted(p *plugin.Plugin, entry config.Script, version string) error {
	if p.NeedsNewer(version) {
		return engine.Errorf(engine.Unsupported, "version %s needs botd %s or newer; this is %s", p.Version, p.Botd, version)
	}
	if withheld := plugin.Withheld(p.Grants, entry.Grants); len(withheld) > 0 {
		return engine.Errorf(engine.Denied, "version %s wants %s, which it is not granted; botd plugin grant %s does so", p.Version, strings.Join(withheld, ", "), p.Name)
	}
	return nil
}

// codeOf reads the code of a plugin.
func codeOf(p *plugin.Plugin, cfg *config.Config, reason string) (script.Source, error) {
	code, err := p.Code()
	if err != nil {
		return script.Source{}, engine.Errorf(engine.Invalid, "the plugin has no %s that can be read: %w", plugin.MainFile, err)
	}
	entry := cfg.Script(p.Name)
	texts, err := textsOf(cfg, p.Name, filepath.Join(p.Dir, i18nDir))
	if err != nil {
		return script.Source{}, err
	}
	rooms, err := globs(entry)
	return script.Source{
		Name: p.Name, File: p.File(plugin.MainFile), Code: code, Reason: reason, Rooms: rooms, Places: entry.Places(),
		Texts: texts, Secrets: secretsOf(entry, 0), Hidden: entry.Hidden(), Limits: limits(cfg, p.Name), Roots: p.Roots(),
	}, err
}

// manifestFaults makes what is wrong with a manifest faults of the script.
func manifestFaults(name string, err error) error {
	var problems config.Problems
	if !errors.As(err, &problems) {
		return err
	}
	var faults []error
	for _, p := range problems {
		text, _ := os.ReadFile(p.File)
		faults = append(faults, &Fault{
			Script: name, Load: true, File: name + "/" + filepath.Base(p.File), Line: p.Line, Msg: p.Msg, Excerpt: script.Excerpt(text, p.Line),
		})
	}
	return errors.Join(faults...)
}

// pluginConfig is the plugin's part of the configuration, checked and with its defaults.
func pluginConfig(p *plugin.Plugin, entry config.Script) (map[string]any, error) {
	filled, problems := p.Schema.Fill(entry.Config)
	if len(problems) > 0 {
		var faults []error
		for _, f := range problems {
			at := entry.ConfigProblem(f.Path, "config.%s", f)
			faults = append(faults, &Fault{Script: p.Name, Load: true, File: at.File, Line: at.Line, Msg: at.Msg})
		}
		return nil, errors.Join(faults...)
	}
	entry.Config = filled
	return entry.RevealedConfig(), nil
}

// refused tells why a plugin was not even tried.
func (h *Host) refused(name string, err error) {
	faults := FaultsOf(err)
	for _, f := range faults {
		f.At = h.opt.Clock.Now().UTC()
		h.fault(f)
	}
	if len(faults) == 0 {
		h.log.Warn("plugin is not loaded; an older version, if there is one, serves on", slog.String("script", name), slog.Any("err", err))
	}
}

// regrant brings what plugins may do up to date with what they want and what the
// configuration grants.
func (h *Host) regrant() {
	p, err := plan(h.cfg)
	if err != nil {
		return // it has been checked: this cannot be
	}
	h.adopt(h.cfg, p)
}

// overlay puts what plugins may do into a plan.
func (p *planned) overlay(cfg *config.Config, plugins map[string]pluginState) {
	for name, s := range plugins {
		entry := cfg.Script(name)
		entry.Grants = plugin.Effective(s.wants, entry.Grants)
		p.grants[name], p.reaches[name], _ = grants(entry) // both lists have been checked
	}
}

// Plugins lists all plugins there are, by name.
func (h *Host) Plugins() []PluginStatus {
	list := PluginsOf(h.inForce.Load(), h.opt.Version)
	for i, st := range list {
		s, ok := h.plugins.get(st.Name)
		if !ok {
			continue
		}
		if list[i].Running = s.running; s.problem != "" {
			list[i].Problem = s.problem
		}
	}
	return list
}

// PluginsOf lists the plugins of a configuration as they are on disk. No daemon need run.
func PluginsOf(cfg *config.Config, version string) []PluginStatus {
	out := []PluginStatus{}
	h := &Host{opt: Options{Version: version}}
	for _, name := range plugin.Names(cfg.PluginsDir) {
		entry := cfg.Script(name)
		st := PluginStatus{Name: name, Enabled: entry.On(), Rooms: append([]string{}, entry.Rooms...), Wants: []string{}, Withheld: []string{}}
		if p, err := plugin.Read(pluginDir(cfg, name)); err == nil {
			st.Version, st.Description = p.Version, p.Description
			st.Wants = append(st.Wants, p.Grants...)
			st.Withheld = append(st.Withheld, plugin.Withheld(p.Grants, entry.Grants)...)
		} else if !st.Enabled {
			st.Problem = problemText(manifestFaults(name, err))
		}
		if st.Enabled {
			_, _, err := h.pluginSource(cfg, name, "start")
			st.Problem = problemText(err)
		}
		if _, err := os.Stat(scriptPath(cfg, name)); err == nil {
			st.Problem = "there is a script of this name; rename one"
		}
		out = append(out, st)
	}
	return out
}

// Unclaimed lists the entries of a configuration that are of no script and no plugin there is, as
// warnings: what they grant waits for whoever takes the name.
func Unclaimed(cfg *config.Config) config.Problems {
	names := plugin.Names(cfg.PluginsDir)
	files, _ := filepath.Glob(filepath.Join(cfg.ScriptsDir, "*"+ext))
	for _, f := range files {
		names = append(names, scriptName(cfg, f))
	}
	var out config.Problems
	for _, s := range cfg.Scripts {
		if !slices.Contains(names, s.Name) {
			out = append(out, s.Problem("name: the entry %q is of no script in %s and no plugin in %s%s; what it grants waits for whoever takes that name",
				s.Name, cfg.ScriptsDir, cfg.PluginsDir, nearest.Hint(s.Name, names)))
		}
	}
	return out
}

func problemText(err error) string {
	switch faults := FaultsOf(err); {
	case err == nil:
		return ""
	case len(faults) > 0:
		return faults[0].Error()
	}
	return engine.AsError(err).Msg
}

// Plugin is one plugin with all its manifest says.
func Plugin(cfg *config.Config, name string) (*plugin.Plugin, error) {
	if !plugin.Exists(pluginDir(cfg, name)) {
		return nil, noneOf("plugin", name, plugin.Names(cfg.PluginsDir))
	}
	return plugin.Read(pluginDir(cfg, name))
}

// pluginProblems adds plugins that do not run, or not as they should, to the states of
// scripts.
func (h *Host) pluginProblems(list []script.Status) []script.Status {
	all := h.plugins.all()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := all[name]
		if s.problem == "" {
			continue
		}
		i := slices.IndexFunc(list, func(st script.Status) bool { return st.Name == name })
		if i < 0 {
			list = append(list, script.Status{Name: name, File: name + "/" + plugin.ManifestFile, State: "failed", Problem: s.problem})
		} else if list[i].Problem == "" {
			list[i].Problem = s.problem
			if list[i].State == "running" {
				list[i].State = "broken"
			}
		}
	}
	slices.SortFunc(list, func(a, b script.Status) int { return strings.Compare(a.Name, b.Name) })
	return list
}
