package host

import (
	"context"
	"log/slog"

	"botd/engine"
	"botd/engine/actions"
	"botd/engine/moderate"
	"botd/engine/script"
	"botd/engine/trace"
	"botd/engine/warden"
)

// openWarden reads cases, standings and permits. What rules lead to goes through the gate,
// in the name of the script whose rules they are.
func (h *Host) openWarden(ctx context.Context) error {
	w, err := warden.Open(ctx, warden.Options{
		Store: h.store, Clock: h.opt.Clock, Log: h.log, Caps: h.super.Caps, Recent: h.bus.Recent, Publish: h.bus.Publish, Settled: h.noteCase, Go: h.beside.Go,
		Do: func(a warden.Action, done func(engine.Receipt)) {
			h.gate.Do(actions.Request{Origin: actions.Origin{Script: a.Script, Event: a.Event}, Session: a.Session, Action: a.Action, Lane: engine.LaneModeration}, done)
		},
	})
	if err == nil {
		h.warden.Store(w)
	}
	return err
}

// Moderation leads to the warden, in the name of a script.
func (d door) Moderation(o script.Origin) (script.Moderation, error) {
	if err := d.h.gate.Permit(o.Script, engine.GrantModerate, "moderate"); err != nil {
		return nil, err
	}
	return desk{d.h, o}, nil
}

// desk is a script's part of the warden.
type desk struct {
	h *Host
	o script.Origin
}

var _ script.Moderation = desk{}

func (d desk) warden() *warden.Warden { return d.h.warden.Load() }

func (d desk) Prepare(seen []engine.RoomGlob, cfg moderate.Config) (script.Rules, error) {
	for _, err := range d.h.strangers(cfg) {
		d.h.log.Warn("rules exempt whom there is not", slog.String("script", d.o.Script), slog.String("rules", cfg.Name), slog.Any("err", err))
	}
	return d.warden().Prepare(d.o.Script, seen, cfg)
}

func (d desk) Permit(p moderate.Permit, done func(error)) { d.warden().Permit(d.o.Script, p, done) }

func (d desk) order(at script.RoomState, o moderate.Order) warden.Order {
	return warden.Order{Script: d.o.Script, Event: d.o.Event, Session: at.Session, Where: at.Platform, Room: at.Room.ID, Order: o}
}

func (d desk) Act(at script.RoomState, o moderate.Order, done func(moderate.Case, error)) {
	d.warden().Act(d.order(at, o), one(done))
}

// one gives a case away as a copy: the warden's may change.
func one(done func(moderate.Case, error)) func(*moderate.Case, error) {
	return func(c *moderate.Case, err error) {
		if c == nil {
			c = &moderate.Case{}
		}
		done(*c, err)
	}
}

func (d desk) Nuke(at script.RoomState, n moderate.Nuke, person string, done func(moderate.Nuked, error)) {
	d.warden().Nuke(d.order(at, moderate.Order{Person: person}), n, done)
}

func (d desk) Case(id string, done func(moderate.Case, error)) {
	d.h.beside.Go(func() { done(d.warden().Case(context.Background(), id)) }) // the disk answers soon
}

func (d desk) Cases(q moderate.Query, see func(*moderate.Case) bool, done func([]moderate.Case, error)) {
	d.h.beside.Go(func() { done(d.warden().Cases(context.Background(), q, see)) })
}

func (d desk) Undo(c moderate.Case, person string, done func(moderate.Case, error)) {
	d.warden().Undo(d.o.Script, d.o.Event, c, person, one(done))
}

// moderated holds the rules of scripts to an event. One that is taken reaches no script.
func (h *Host) moderated(ev *engine.Event) bool {
	w := h.warden.Load()
	if w == nil || !w.Hear(ev) {
		return false
	}
	h.trace.Add(trace.Step{Event: ev.ID, At: h.opt.Clock.Now(), Reason: trace.Moderated})
	return true
}

// blindModeration moderates nobody.
type blindModeration struct{ rules func(moderate.Config) }

type blindRules struct{}

func (blindRules) Begin() {}
func (blindRules) End()   {}

var errBlind = engine.Errorf(engine.NotConnected, "nobody is moderated while scripts are checked")

func (b blindModeration) Prepare(_ []engine.RoomGlob, cfg moderate.Config) (script.Rules, error) {
	b.rules(cfg)
	_, err := moderate.Compile(cfg)
	return blindRules{}, err
}
func (blindModeration) Permit(_ moderate.Permit, done func(error)) { done(errBlind) }
func (blindModeration) Act(_ script.RoomState, _ moderate.Order, done func(moderate.Case, error)) {
	done(moderate.Case{}, errBlind)
}
func (blindModeration) Nuke(_ script.RoomState, _ moderate.Nuke, _ string, done func(moderate.Nuked, error)) {
	done(moderate.Nuked{}, errBlind)
}
func (blindModeration) Case(_ string, done func(moderate.Case, error)) {
	done(moderate.Case{}, errBlind)
}
func (blindModeration) Cases(_ moderate.Query, _ func(*moderate.Case) bool, done func([]moderate.Case, error)) {
	done(nil, errBlind)
}
func (blindModeration) Undo(_ moderate.Case, _ string, done func(moderate.Case, error)) {
	done(moderate.Case{}, errBlind)
}
