package host

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/nearest"
	"botd/engine/plugin"
	"botd/engine/script"
	"botd/engine/watch"
)

const ext = ".lua"

// scriptName is the name of the script in the file at path, or "" if the file is none:
// scripts are the *.lua files right in the folder, those below it are for require.
func scriptName(cfg *config.Config, path string) string {
	if filepath.Dir(path) != filepath.Clean(cfg.ScriptsDir) || filepath.Ext(path) != ext {
		return ""
	}
	return strings.TrimSuffix(filepath.Base(path), ext)
}

func scriptPath(cfg *config.Config, name string) string {
	return filepath.Join(cfg.ScriptsDir, name+ext)
}

// source reads a script.
func source(cfg *config.Config, name, reason string) (script.Source, error) {
	code, err := os.ReadFile(scriptPath(cfg, name))
	if err != nil {
		return script.Source{}, err
	}
	entry := cfg.Script(name)
	rooms, err := globs(entry)
	if err != nil {
		return script.Source{}, err
	}
	texts, err := textsOf(cfg, name, filepath.Join(cfg.ScriptsDir, i18nDir, name))
	if err != nil {
		return script.Source{}, err
	}
	return script.Source{
		Texts: texts, Secrets: secretsOf(entry, engine.DefaultScriptGrants), Hidden: entry.Hidden(), Name: name, File: name + ext, Code: code, Reason: reason, Rooms: rooms, Config: entry.RevealedConfig(), Places: entry.Places(), Limits: limits(cfg, name),
		Roots: []string{cfg.ScriptsDir, filepath.Join(cfg.ScriptsDir, "lib")},
	}, nil
}

// load brings the newest version of a script or plugin to life, or ends it if its file is
// gone or it is turned off. Its faults have been shown when it returns.
func (h *Host) load(ctx context.Context, cfg *config.Config, name, reason string) error {
	if isPlugin(cfg, name) {
		return h.loadPlugin(ctx, cfg, name, reason)
	}
	if _, was := h.plugins.get(name); was {
		h.plugins.forget(name)
		h.regrant()
	}
	src, err := source(cfg, name, reason)
	switch {
	case !cfg.Script(name).Enabled || os.IsNotExist(err):
		return h.unload(ctx, name)
	case len(FaultsOf(err)) > 0:
		h.refused(name, err)
		return err
	case err != nil:
		h.log.Error("script cannot be read; the old version serves on", slog.String("script", name), slog.Any("err", err))
		return err
	}
	h.masks.set(name, cfg.Script(name).Hidden())
	if err := h.scripts.Load(ctx, cfg.Script(name), src); err != nil {
		return err
	}
	h.log.Info("script loaded", slog.String("script", name), slog.String("reason", reason))
	return nil
}

func (h *Host) unload(ctx context.Context, name string) error {
	err := h.scripts.Unload(ctx, name)
	h.plugins.forget(name)
	h.metrics.Forget(name)
	h.regrant()
	h.web.Forget(name)
	if engine.CodeOf(err) == engine.NotFound {
		return nil
	}
	if err == nil {
		h.log.Info("script unloaded", slog.String("script", name))
	}
	return err
}

// saveQuiet is how long a file must rest before it is read. Editors write in a few
// milliseconds; together with the load this keeps a save under 50 ms.
const saveQuiet = 30 * time.Millisecond

func (h *Host) watcher() *watch.Watcher {
	paths := []string{h.opt.Config.ScriptsDir, h.opt.Config.PluginsDir}
	if h.opt.Reload != nil {
		// Without a file there are defaults, until somebody writes one.
		paths = append(paths, cmp.Or(h.opt.Config.File, config.DefaultFile))
	}
	return watch.New(watch.Options{
		Paths: append(paths, h.opt.Config.SecretFiles...), Log: h.log, Debounce: saveQuiet,
		Match: h.isSource,
	})
}

// isSource reports whether a file is part of a script or plugin.
func (h *Host) isSource(path string) bool {
	return filepath.Ext(path) == ext || pluginOf(h.opt.Config, path) != "" || catalogueOf(h.opt.Config, path) != ""
}

// loadAll loads what is there at the start.
func (h *Host) loadAll(ctx context.Context, w *watch.Watcher) {
	for _, name := range h.affected(w.Scan()) {
		if h.opt.Pick == nil || h.opt.Pick(name) {
			_ = h.load(ctx, h.cfg, name, "start") // its fault has been shown
		}
	}
	for _, s := range h.cfg.Scripts {
		if _, err := os.Stat(scriptPath(h.cfg, s.Name)); s.On() && err != nil && !isPlugin(h.cfg, s.Name) {
			h.log.Warn("the configuration switches on what is not there", slog.String("script", s.Name))
		}
	}
	if len(h.scripts.Status()) == 0 && h.opt.Pick == nil {
		h.log.Warn("no scripts: the bot will not answer anything", slog.String("folder", h.cfg.ScriptsDir))
	}
}

// watch follows the files until ctx ends.
func (h *Host) watch(ctx context.Context, w *watch.Watcher) {
	w.Run(ctx, func(changes []watch.Change) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.opt.Reload != nil && slices.ContainsFunc(changes, func(c watch.Change) bool { return !h.isSource(c.Path) }) {
			_ = h.reconfigure(ctx) // its fault has been shown
		}
		for _, name := range h.affected(changes) {
			_ = h.load(ctx, h.cfg, name, "saved") // its fault has been shown
		}
	})
}

// affected lists the scripts to load again after these files changed.
func (h *Host) affected(changes []watch.Change) []string {
	var names []string
	for _, ch := range changes {
		if name := scriptName(h.cfg, ch.Path); name != "" {
			names = append(names, name)
		}
		if name := cmp.Or(pluginOf(h.cfg, ch.Path), catalogueOf(h.cfg, ch.Path)); name != "" {
			names = append(names, name)
		}
		names = append(names, h.scripts.Using(ch.Path)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Uses lists what the scripts of this process are made of: their files, folders of plugins, and
// the files they have asked for with require.
func (h *Host) Uses() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	paths := h.scripts.here.Uses()
	for _, s := range h.scripts.here.Status() {
		if isPlugin(h.cfg, s.Name) {
			paths = append(paths, filepath.Join(h.cfg.PluginsDir, s.Name))
		} else {
			paths = append(paths, scriptPath(h.cfg, s.Name))
		}
	}
	return paths
}

// Reload loads a script again; if name is "" it reads the configuration again and loads
// all of them. The error holds the faults of all that failed, as [FaultsOf] tells.
func (h *Host) Reload(ctx context.Context, name string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if name != "" {
		return h.loadFile(ctx, name, "operator")
	}
	if h.opt.Reload != nil {
		if err := h.reconfigure(ctx); err != nil {
			return err
		}
	}
	return h.loadFiles(ctx, "operator")
}

// loadFiles loads all scripts there are. mu is held.
func (h *Host) loadFiles(ctx context.Context, reason string) error {
	var errs []error
	files, _ := filepath.Glob(filepath.Join(h.cfg.ScriptsDir, "*"+ext))
	for _, f := range files {
		errs = append(errs, h.load(ctx, h.cfg, scriptName(h.cfg, f), reason))
	}
	for _, name := range plugin.Names(h.cfg.PluginsDir) {
		if isPlugin(h.cfg, name) {
			errs = append(errs, h.load(ctx, h.cfg, name, reason))
		}
	}
	return errors.Join(errs...)
}

// Load loads a script from the folder. Script authors see the reason in bot.reload_reason.
func (h *Host) Load(ctx context.Context, name, reason string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.loadFile(ctx, name, reason)
}

// Unload ends a script until it is loaded again. Its file stays.
func (h *Host) Unload(ctx context.Context, name string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.unload(ctx, name)
}

// loadFile is called with mu held.
func (h *Host) loadFile(ctx context.Context, name, reason string) error {
	if _, err := os.Stat(scriptPath(h.cfg, name)); err != nil && !isPlugin(h.cfg, name) {
		return h.noScript(name)
	}
	if isPlugin(h.cfg, name) && !h.cfg.Script(name).On() {
		return engine.Errorf(engine.Invalid, "plugin %s is off; enabled: true in its entry of scripts in config.yaml switches it on", name)
	}
	return h.load(ctx, h.cfg, name, reason)
}

func (h *Host) noScript(name string) error {
	var known []string
	for _, s := range h.scripts.Status() {
		known = append(known, s.Name)
	}
	return noneOf("script", name, known)
}

// noneOf is that there is nothing of a name.
func noneOf(what, name string, known []string) error {
	return engine.Errorf(engine.NotFound, "no %s %q%s", what, name, nearest.HintOrAll(name, known))
}
