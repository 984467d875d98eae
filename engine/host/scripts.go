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
	return script.Source{
		Name: name, File: name + ext, Code: code, Reason: reason, Rooms: rooms, Config: entry.RevealedConfig(), Limits: limits(cfg, name),
		Roots: []string{cfg.ScriptsDir, filepath.Join(cfg.ScriptsDir, "lib")},
	}, nil
}

// load brings the newest version of a script to life, or ends it if its file is gone or
// it is turned off. Faults of the script have been shown when it returns.
func (h *Host) load(ctx context.Context, cfg *config.Config, name, reason string) error {
	src, err := source(cfg, name, reason)
	switch {
	case !cfg.Script(name).Enabled || os.IsNotExist(err):
		return h.unload(ctx, name)
	case err != nil:
		h.log.Error("script cannot be read; the old version serves on", slog.String("script", name), slog.Any("err", err))
		return err
	}
	if err := h.scripts.Load(ctx, cfg.Script(name), src); err != nil {
		return err
	}
	h.log.Info("script loaded", slog.String("script", name), slog.String("reason", reason))
	return nil
}

func (h *Host) unload(ctx context.Context, name string) error {
	err := h.scripts.Unload(ctx, name)
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
	paths := []string{h.opt.Config.ScriptsDir}
	if h.opt.Reload != nil {
		// Without a file there are defaults, until somebody writes one.
		paths = append(paths, cmp.Or(h.opt.Config.File, config.DefaultFile))
	}
	return watch.New(watch.Options{
		Paths: append(paths, h.opt.Config.SecretFiles...), Log: h.log, Debounce: saveQuiet,
		Match: func(path string) bool { return filepath.Ext(path) == ext },
	})
}

// loadAll loads what is there at the start.
func (h *Host) loadAll(ctx context.Context, w *watch.Watcher) {
	for _, ch := range w.Scan() {
		if name := scriptName(h.cfg, ch.Path); name != "" {
			_ = h.load(ctx, h.cfg, name, "start") // its fault has been shown
		}
	}
	if len(h.scripts.Status()) == 0 {
		h.log.Warn("no scripts: the bot will not answer anything", slog.String("folder", h.cfg.ScriptsDir))
	}
}

// watch follows the files until ctx ends.
func (h *Host) watch(ctx context.Context, w *watch.Watcher) {
	w.Run(ctx, func(changes []watch.Change) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.opt.Reload != nil && slices.ContainsFunc(changes, func(c watch.Change) bool { return filepath.Ext(c.Path) != ext }) {
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
		names = append(names, h.scripts.Using(ch.Path)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Reload loads a script again; if name is "" it reads the configuration again and loads
// all of them. The error holds the faults of all that failed, as [FaultsOf] tells.
func (h *Host) Reload(ctx context.Context, name string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if name != "" {
		if _, err := os.Stat(scriptPath(h.cfg, name)); err != nil {
			return h.noScript(name)
		}
		return h.load(ctx, h.cfg, name, "operator")
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
	return errors.Join(errs...)
}

func (h *Host) noScript(name string) error {
	var known []string
	for _, s := range h.scripts.Status() {
		known = append(known, s.Name)
	}
	if n, ok := nearest.Name(name, known); ok {
		return engine.Errorf(engine.NotFound, "no script %q, did you mean %q?", name, n)
	}
	return engine.Errorf(engine.NotFound, "no script %q; there are %s", name, strings.Join(known, ", "))
}
