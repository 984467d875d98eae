package host

import (
	"context"
	"log/slog"
	"slices"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/supervisor"
)

// Reconfigure reads the configuration again and applies what changed.
func (h *Host) Reconfigure(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.reconfigure(ctx)
}

// reconfigure reads the configuration again and applies what changed. A configuration
// with a fault changes nothing; the fault is logged as well as returned. h.mu is held.
func (h *Host) reconfigure(ctx context.Context) error {
	err := h.tryReconfigure(ctx)
	if err != nil {
		h.log.Error("the new configuration has faults and changes nothing", slog.Any("err", err))
	}
	return err
}

func (h *Host) tryReconfigure(ctx context.Context) error {
	cfg, err := h.opt.Reload()
	if err != nil {
		return err
	}
	ch := config.Diff(h.cfg, cfg)
	if ch.Empty() {
		return nil
	}
	specs, err := h.specs(cfg)
	if err != nil {
		return err
	}
	p, err := plan(cfg)
	if err != nil {
		return err
	}
	old := h.cfg
	h.adopt(cfg, p)
	h.log.Info("configuration changed", slog.String("changes", ch.String()))
	h.apply(ctx, old, ch, specs)
	return nil
}

func (h *Host) apply(ctx context.Context, old *config.Config, ch config.Changes, specs map[engine.SessionID]supervisor.Spec) {
	if ch.Log && h.opt.Level != nil {
		h.opt.Level.Set(h.cfg.Log.Level)
	}
	if b := h.known.Load(); b != nil {
		b.SetRules(peopleRules(h.cfg))
	}
	if h.cfg.Log.Format != old.Log.Format {
		ch.Restart = append(ch.Restart, "log.format")
	}
	if l := h.messages.Load(); l != nil {
		l.Configure(messagePolicy(h.cfg))
	}
	for _, name := range slices.Concat(ch.SessionsRemoved, ch.SessionsChanged) {
		h.try("stop session", name, h.super.Stop(ctx, name))
	}
	for _, name := range ch.SessionsRemoved {
		h.roster.Forget(name)
	}
	for _, name := range slices.Concat(ch.SessionsChanged, ch.SessionsAdded) {
		h.try("start session", name, h.super.Start(specs[name]))
	}
	for _, name := range ch.SessionsRooms {
		h.moveRooms(ctx, name, old)
	}
	names := ch.Scripts
	if ch.Limits || ch.Language {
		for _, s := range h.scripts.Status() {
			names = append(names, s.Name)
		}
		slices.Sort(names)
		names = slices.Compact(names)
	}
	for _, name := range names {
		if h.opt.Pick != nil && !h.opt.Pick(name) {
			continue
		}
		_ = h.load(ctx, h.cfg, name, "config") // its fault has been shown
	}
	for _, key := range ch.Restart {
		h.log.Warn("this setting takes effect when botd starts again", slog.String("key", key))
	}
}

// moveRooms joins and leaves rooms until the session is where the configuration says.
func (h *Host) moveRooms(ctx context.Context, name engine.SessionID, old *config.Config) {
	was, _ := old.Session(name)
	now, _ := h.cfg.Session(name)
	for _, r := range was.Rooms {
		if !slices.Contains(now.Rooms, r) {
			h.try("leave room", name, h.super.Leave(ctx, name, r))
		}
	}
	for _, r := range now.Rooms {
		if !slices.Contains(was.Rooms, r) {
			h.beside.Go(func() { h.try("join room", name, h.super.Join(ctx, name, r)) }) // as slow as the network
		}
	}
}

func (h *Host) try(what string, name engine.SessionID, err error) {
	if err != nil {
		h.log.Error("configuration change could not be carried out", slog.String("op", what), slog.String("session", string(name)), slog.Any("err", err))
	}
}

// startAll starts the sessions of the configuration.
func (h *Host) startAll() error {
	specs, err := h.specs(h.cfg)
	if err != nil {
		return err
	}
	for _, s := range h.cfg.Sessions {
		if spec, ok := specs[s.Name]; ok {
			if err := h.super.Start(spec); err != nil {
				return err
			}
		}
	}
	return nil
}
