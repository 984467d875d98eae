package luaapitest

import (
	"context"

	"botd/engine"
	"botd/engine/moderate"
	"botd/engine/script"
	"botd/engine/store"
	"botd/engine/warden"
)

// newWarden moderates as the daemon's does, with a store in memory.
func (d *Door) newWarden() *warden.Warden {
	w, err := warden.Open(context.Background(), warden.Options{
		Store: store.NewMemory(engine.SystemClock{}), Recent: d.Recent, Publish: d.bot.deliver, Go: func(f func()) { f() },
		Caps: func(s engine.SessionID, r engine.RoomID) (engine.Capabilities, bool) {
			can, err := d.Caps(s, r)
			return can, err == nil
		},
		Do: func(a warden.Action, done func(engine.Receipt)) {
			d.Do(script.Request{Origin: script.Origin{Script: a.Script, Event: a.Event}, Session: a.Session, Action: a.Action}, done)
		},
	})
	if err != nil {
		d.bot.t.Fatal(err)
	}
	return w
}

// RulesInForce are the names of the rules of moderation that hold, in their order.
func (d *Door) RulesInForce() (names []string) {
	for _, in := range d.warden.InForce() {
		names = append(names, in.Config.Name)
	}
	return names
}

// Moderation leads to the warden of the test's own.
func (d *Door) Moderation(o script.Origin) (script.Moderation, error) { return desk{d.warden, o}, nil }

// desk is a script's part of the warden.
type desk struct {
	*warden.Warden
	o script.Origin
}

func (d desk) Prepare(seen []engine.RoomGlob, cfg moderate.Config) (script.Rules, error) {
	return d.Warden.Prepare(d.o.Script, seen, cfg)
}

func (d desk) Permit(p moderate.Permit, done func(error)) { d.Warden.Permit(d.o.Script, p, done) }

func (d desk) order(at script.RoomState, o moderate.Order) warden.Order {
	return warden.Order{Script: d.o.Script, Event: d.o.Event, Session: at.Session, Where: at.Platform, Room: at.Room.ID, Order: o}
}

func (d desk) Act(at script.RoomState, o moderate.Order, done func(moderate.Case, error)) {
	d.Warden.Act(d.order(at, o), one(done))
}

func one(done func(moderate.Case, error)) func(*moderate.Case, error) {
	return func(c *moderate.Case, err error) {
		if c == nil {
			c = &moderate.Case{}
		}
		done(*c, err)
	}
}

func (d desk) Nuke(at script.RoomState, n moderate.Nuke, person string, done func(moderate.Nuked, error)) {
	d.Warden.Nuke(d.order(at, moderate.Order{Person: person}), n, done)
}

func (d desk) Case(id string, done func(moderate.Case, error)) {
	done(d.Warden.Case(context.Background(), id))
}

func (d desk) Cases(q moderate.Query, see func(*moderate.Case) bool, done func([]moderate.Case, error)) {
	done(d.Warden.Cases(context.Background(), q, see))
}

func (d desk) Undo(c moderate.Case, person string, done func(moderate.Case, error)) {
	d.Warden.Undo(d.o.Script, d.o.Event, c, person, one(done))
}
