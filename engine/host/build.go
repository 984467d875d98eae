package host

import (
	"fmt"
	"slices"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/dispatch"
	"botd/engine/nearest"
	"botd/engine/script"
	"botd/engine/supervisor"
)

// specs turns the configured sessions into what the supervisor runs, and proves that
// the adapters accept their settings.
func (h *Host) specs(cfg *config.Config) (map[engine.SessionID]supervisor.Spec, error) {
	out := make(map[engine.SessionID]supervisor.Spec, len(cfg.Sessions))
	for _, s := range cfg.Sessions {
		if !s.Enabled {
			continue
		}
		spec, err := h.spec(s)
		if err != nil {
			return nil, err
		}
		out[s.Name] = spec
	}
	return out, nil
}

func (h *Host) spec(s config.Session) (supervisor.Spec, error) {
	i := slices.IndexFunc(h.opt.Adapters, func(a engine.Adapter) bool { return a.Name == s.Adapter })
	if i < 0 {
		return supervisor.Spec{}, s.Errorf("adapter", "%s", h.noAdapter(s.Adapter))
	}
	a := h.opt.Adapters[i]
	settings := a.Settings()
	if err := s.DecodeSettings(settings); err != nil {
		return supervisor.Spec{}, err
	}
	spec := supervisor.Spec{Name: s.Name, Adapter: a, Settings: settings, Rooms: s.Rooms}
	try := s.Rooms
	if a.PerRoom {
		try = s.Rooms[:min(1, len(s.Rooms))]
	}
	env := engine.Env{Session: s.Name, Rooms: try, Log: h.log, Clock: h.opt.Clock, Dial: h.opt.Dial}
	if len(try) > 0 || !a.PerRoom {
		if _, err := a.New(settings, env); err != nil {
			return supervisor.Spec{}, s.Errorf("settings", "%s", engine.AsError(err).Msg)
		}
	}
	return spec, nil
}

func (h *Host) noAdapter(name string) string {
	var known []string
	for _, a := range h.opt.Adapters {
		known = append(known, a.Name)
	}
	return fmt.Sprintf("no adapter %q%s", name, nearest.HintOrAll(name, known))
}

// planned is what a configuration says, decoded into the engine's types.
type planned struct {
	prefixes *dispatch.Prefixes
	grants   map[string]engine.GrantSet
	reaches  map[string]engine.Reach
	quotas   quotas
}

func plan(cfg *config.Config) (planned, error) {
	p := planned{
		prefixes: &dispatch.Prefixes{Default: cfg.Commands.Prefix}, grants: map[string]engine.GrantSet{}, reaches: map[string]engine.Reach{},
		quotas: quotasOf(cfg),
	}
	for _, r := range cfg.Commands.Rooms {
		g, err := engine.ParseRoomGlob(r.Room)
		if err != nil {
			return p, err
		}
		p.prefixes.Rooms = append(p.prefixes.Rooms, dispatch.RoomPrefix{Rooms: g, Prefix: r.Prefix})
	}
	for _, s := range cfg.Scripts {
		if _, err := globs(s); err != nil {
			return p, err
		}
		if s.Grants == nil {
			continue
		}
		set, reach, err := grants(s)
		if err != nil {
			return p, err
		}
		p.grants[s.Name], p.reaches[s.Name] = set, reach
	}
	return p, nil
}

func globs(s config.Script) ([]engine.RoomGlob, error) {
	var out []engine.RoomGlob
	for _, r := range s.Rooms {
		g, err := engine.ParseRoomGlob(r)
		if err != nil {
			return nil, s.Errorf("rooms", "%s", engine.AsError(err).Msg)
		}
		out = append(out, g)
	}
	return out, nil
}

// grantsOf is what a script may do now.
func (h *Host) grantsOf(name string) engine.GrantSet {
	if g, ok := (*h.grants.Load())[name]; ok {
		return g
	}
	return engine.DefaultScriptGrants
}

// adopt makes cfg the configuration in force.
func (h *Host) adopt(cfg *config.Config, p planned) {
	h.cfg = cfg
	h.inForce.Store(cfg)
	p.overlay(cfg, h.plugins.all())
	h.prefixes.Store(p.prefixes)
	h.commands.Store(&cfg.Commands)
	h.grants.Store(&p.grants)
	h.quotas.Store(&p.quotas)
	h.reaches.Store(&p.reaches)
}

// limits are those of one script.
func limits(cfg *config.Config, name string) script.Limits {
	l := cfg.Script(name).Limits.Or(cfg.Limits)
	return script.Limits{
		Steps: int(l.Steps), HandlerTime: l.HandlerTime, LoadTime: l.LoadTime, Alloc: int64(l.Alloc),
		Memory: int64(l.Memory), Mailbox: l.Mailbox, Waiting: l.Waiting,
	}
}
