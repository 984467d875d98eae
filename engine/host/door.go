package host

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/actions"
	"botd/engine/facts"
	"botd/engine/metric"
	"botd/engine/outbox"
	"botd/engine/script"
	"botd/engine/store"
	"botd/engine/supervisor"
)

// sender leads the gate's actions to the supervisor's outboxes.
type sender struct {
	super     *supervisor.Supervisor
	announcer *announcer
	with      store.Batch // carried out in the commit that accepts a durable action
}

var _ actions.Sender = sender{}

func (s sender) Caps(id engine.SessionID, room engine.RoomID) (engine.Capabilities, bool) {
	return s.super.Caps(id, room)
}

func (s sender) Do(id engine.SessionID, it actions.Item) {
	out := outbox.Item{Action: it.Action, From: it.Script, Lane: it.Lane, DropAfter: it.DropAfter, Split: it.Split, Done: it.Done}
	if it.Durable {
		out = s.announcer.keep(id, it.Script, out, s.with...)
	}
	s.super.Do(id, out)
}

// door is what scripts have of the daemon.
type door struct{ h *Host }

var _ script.Door = door{}

func (d door) Do(r script.Request, done func(engine.Receipt)) {
	d.h.ledger.leaves(r.Origin, d.h.opt.Clock.Now())
	d.h.gate.Do(actions.Request{
		Origin:  actions.Origin{Script: r.Origin.Script, Gen: r.Origin.Gen, Event: r.Origin.Event},
		Session: r.Session, Action: r.Action, Lane: r.Lane, DropAfter: r.DropAfter, NoSplit: r.NoSplit, Durable: r.Durable,
	}, done)
}

func (d door) Emit(o script.Origin, name string, data any) error {
	if err := d.h.permit(o, engine.GrantEmit, "emit"); err != nil {
		return err
	}
	d.h.bus.Publish(&engine.Event{Body: engine.Custom{Name: name, Data: data, From: o.Script}})
	return nil
}

func (d door) Reveal(o script.Origin, p engine.Private) (string, error) {
	if err := d.h.permit(o, engine.GrantContacts, "read how to reach people"); err != nil {
		return "", err
	}
	return p.Reveal(), nil
}

func (d door) Caps(s engine.SessionID, r engine.RoomID) (engine.Capabilities, error) {
	c, ok := d.h.super.Caps(s, r)
	if !ok {
		return c, engine.Errorf(engine.NotFound, "no room %q", engine.Path(s, r))
	}
	return c, nil
}

func (d door) Commands(s engine.SessionID) []engine.Command { return d.h.super.Commands(s) }

func (d door) Offers(p engine.RoomPath, name string) []script.Offer {
	var at *engine.Event
	if p != "" {
		session, id, _ := p.Split()
		at = &engine.Event{Session: session, Room: engine.Room{ID: id}}
		if r, ok := d.h.roster.Room(p); ok {
			at.Session, at.Platform, at.Room = r.Session, r.Platform, r.Room
		}
	}
	out := d.h.scripts.Tables().Offers(at, name)
	for _, s := range ownCommands {
		if d.h.ownCommand(s.Commands[0]) != nil && (name == "" || name == s.Commands[0]) {
			out = append(out, script.Offer{Script: ownName, Names: s.Commands, About: s.About})
		}
	}
	return out
}

func (d door) Rooms() []script.RoomState {
	rooms := d.h.roster.Rooms()
	out := make([]script.RoomState, len(rooms))
	for i, r := range rooms {
		out[i] = script.RoomState{Path: r.Path, Session: r.Session, Platform: r.Platform, Room: r.Room, Online: r.Online, Me: r.Me}
	}
	return out
}

func (d door) Sessions() []script.SessionState {
	list := d.h.super.Status()
	out := make([]script.SessionState, len(list))
	for i, s := range list {
		me, _ := d.h.roster.Me(s.Session)
		out[i] = script.SessionState{Name: s.Session, Platform: s.Adapter, State: string(s.State), Me: me}
	}
	return out
}

func (d door) Users(p engine.RoomPath) []engine.User {
	list := d.h.roster.Users(p)
	if b := d.h.known.Load(); b != nil && len(list) > 0 {
		session, _, _ := p.Split()
		if r, ok := d.h.roster.Room(p); ok {
			session = r.Session
		}
		list = slices.Clone(list)
		for i := range list {
			b.Know(session, &list[i])
		}
	}
	return list
}

func (d door) Recent(p engine.RoomPath, n int) []*engine.Event { return d.h.bus.Recent(p, n) }

func (d door) Schedule(o script.Origin) (script.Schedule, error) {
	if err := d.h.permit(o, engine.GrantCron, "schedule anything"); err != nil {
		return nil, err
	}
	return script.ScheduleOf(d.h.schedule, d.h.jobs, o.Script), nil
}

// Cooldown takes keys in the script's part of the ledger.
func (d door) Cooldown(o script.Origin, holds []script.Hold) time.Duration {
	list := make([]facts.Hold, len(holds))
	for i, h := range holds {
		list[i] = facts.Hold{Key: facts.Key(o.Script, h.Key), For: h.For}
	}
	return d.h.cooldowns.Hold(list...)
}

func (d door) Rand() uint64 { return d.h.opt.Rand() }

// Filters is asked for each filter that a script adds.
func (d door) Filters(o script.Origin) error {
	return d.h.permit(o, engine.GrantModerate, "filter what others say")
}

// Metric takes a point, and has it shown from then on.
func (d door) Metric(o script.Origin, p metric.Point) error {
	err := d.h.metrics.Add(o.Script, p)
	if err == nil && !d.h.opt.DryRun {
		d.h.server.Need()
	}
	return err
}

// ServeMetrics writes what scripts count and measure, for Prometheus.
func (h *Host) ServeMetrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if err := h.metrics.WriteText(w); err != nil {
		h.log.Debug("metrics were not read", slog.Any("err", err))
	}
}

// Log writes a line of a script to the daemon's log and to those who watch.
func (d door) Log(o script.Origin, level, msg string, fields map[string]any) {
	mask := d.h.masks.of(o.Script)
	msg, fields = mask.text(msg), mask.fields(fields)
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	attrs := []slog.Attr{slog.String("script", o.Script)}
	if o.Event != "" {
		attrs = append(attrs, slog.String("event", string(o.Event)))
	}
	for k, v := range fields {
		attrs = append(attrs, slog.Any(k, v))
	}
	d.h.log.LogAttrs(context.Background(), l, msg, attrs...)
	d.h.feed.publish(Note{At: d.h.opt.Clock.Now(), Script: o.Script, Event: o.Event, Level: strings.ToLower(l.String()), Text: msg, Fields: fields})
}

// fault shows and publishes an error of a script.
func (h *Host) fault(e *script.Error) {
	e = h.masks.of(e.Script).fault(e)
	if h.opt.ShowError != nil {
		h.opt.ShowError(e)
	} else {
		h.log.Error("script error", slog.String("script", e.Script), slog.Uint64("gen", e.Gen), slog.String("event", string(e.Event)), slog.String("err", e.Error()))
	}
	h.feed.publish(Note{At: e.At, Script: e.Script, Event: e.Event, Level: "error", Text: e.Error(), Error: e})
}
