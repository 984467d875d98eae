package host

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"botd/engine"
	"botd/engine/config"
)

// Login is a session that a person can log in, by hand, once in a while.
type Login struct {
	Session engine.SessionID
	Prompt  string // what to ask the person for

	h *Host
	s config.Session
	a engine.Adapter
}

// LoginOf finds a session by its name, or by that of its adapter if only one session
// uses it. The host need not run.
func (h *Host) LoginOf(name string) (*Login, error) {
	h.mu.Lock()
	cfg := h.cfg
	h.mu.Unlock()
	var found []config.Session
	for _, s := range cfg.Sessions {
		if string(s.Name) == name {
			found = []config.Session{s}
			break
		}
		if s.Adapter == name {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 0:
		return nil, engine.Errorf(engine.NotFound, "no session %q in the configuration%s", name, h.example(name))
	case 1:
		return h.loginOf(found[0])
	}
	names := make([]string, len(found))
	for i, s := range found {
		names[i] = string(s.Name)
	}
	return nil, engine.Errorf(engine.Invalid, "several sessions use %s; name one of %s", name, strings.Join(names, ", "))
}

// example shows how a session of an adapter is configured.
func (h *Host) example(adapter string) string {
	if !slices.ContainsFunc(h.opt.Adapters, func(a engine.Adapter) bool { return a.Name == adapter }) {
		return ""
	}
	return fmt.Sprintf("; add one:\n  sessions:\n    - {name: %s, adapter: %s, rooms: [ROOM]}", adapter, adapter)
}

func (h *Host) loginOf(s config.Session) (*Login, error) {
	i := slices.IndexFunc(h.opt.Adapters, func(a engine.Adapter) bool { return a.Name == s.Adapter })
	if i < 0 {
		return nil, s.Errorf("adapter", "%s", h.noAdapter(s.Adapter))
	}
	a := h.opt.Adapters[i]
	if a.Login == nil {
		return nil, engine.Errorf(engine.Unsupported, "sessions of %s need no login: what they need stands in the configuration", a.Name)
	}
	return &Login{Session: s.Name, Prompt: a.Login.Prompt, h: h, s: s, a: a}, nil
}

// Exchange trades the person's answer for a credential and keeps it for the session,
// which takes it when it connects the next time.
func (l *Login) Exchange(ctx context.Context, answer engine.Secret) error {
	settings := l.a.Settings()
	if err := l.s.DecodeSettings(settings); err != nil {
		return err
	}
	env := engine.Env{Session: l.Session, Log: l.h.log, Clock: l.h.opt.Clock, Dial: l.h.opt.Dial}
	c, err := l.a.Login.Exchange(ctx, settings, env, answer)
	if err != nil {
		return fmt.Errorf("log in %q: %w", l.Session, err)
	}
	if err := l.h.vault(l.Session).Save(c); err != nil {
		return fmt.Errorf("keep the login of %q: %w", l.Session, err)
	}
	return nil
}

// Restart has a session connect anew, also one that had given up.
func (h *Host) Restart(name engine.SessionID) error { return h.super.Restart(name) }
