package actions

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"botd/engine"
)

// Record is what the gate remembers of an action: who asked for what, and what came
// of it. The text of messages is not in it.
type Record struct {
	At time.Time `json:"time"` // of the request
	Origin
	Session engine.SessionID `json:"session"`
	Room    engine.RoomID    `json:"room,omitempty"`
	Action  string           `json:"action"`
	Target  engine.UserRef   `json:"target,omitzero"`
	Status  engine.Status    `json:"status"`
	Code    engine.Code      `json:"code,omitempty"` // of the error, unless all went well
	Error   string           `json:"error,omitempty"`
	DryRun  bool             `json:"dry_run,omitempty"` // nothing was sent
}

// audit keeps the latest max records.
type audit struct {
	max int

	mu      sync.Mutex
	records []Record
	oldest  int // once records is full
}

func (a *audit) add(r Record) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.records) < a.max {
		a.records = append(a.records, r)
		return
	}
	a.records[a.oldest] = r
	a.oldest = (a.oldest + 1) % a.max
}

func (a *audit) last(n int) []Record {
	a.mu.Lock()
	defer a.mu.Unlock()
	n = max(0, min(n, len(a.records)))
	out := make([]Record, n)
	for i := range out {
		out[i] = a.records[(a.oldest+len(a.records)-n+i)%len(a.records)]
	}
	return out
}

// Audit returns up to n of the latest records, in the order in which the actions
// ended, oldest first. Actions that still wait are not among them.
func (g *Gate) Audit(n int) []Record { return g.audit.last(n) }

func (g *Gate) record(c *call, r engine.Receipt) {
	rec := Record{
		At:      c.at,
		Origin:  c.req.Origin,
		Session: c.req.Session,
		Status:  r.Status,
		DryRun:  g.opt.DryRun && r.Err == nil,
	}
	if a := c.req.Action; a != nil {
		rec.Action, rec.Room = engine.ActionName(a), a.In()
		rec.Target, _ = target(a)
	}
	if r.Err != nil {
		rec.Code, rec.Error = r.Err.Code, r.Err.Msg
	}
	g.audit.add(rec)
	if level := g.level(c.req.Action); g.opt.Log.Enabled(context.Background(), level) {
		g.opt.Log.LogAttrs(context.Background(), level, "action", attrs(rec, c.req.Action, r.Err)...)
	}
}

// level is how much an action matters: chat to those who look for it, what changes a
// room or a session to everybody.
func (g *Gate) level(a engine.Action) slog.Level {
	if !g.opt.DryRun && a != nil && engine.GrantFor(a) == engine.GrantChat {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

func attrs(rec Record, a engine.Action, err *engine.Error) []slog.Attr {
	out := []slog.Attr{
		slog.String("action", rec.Action), slog.String("status", string(rec.Status)), slog.String("session", string(rec.Session)),
	}
	add := func(key, value string) {
		if value != "" {
			out = append(out, slog.String(key, value))
		}
	}
	add("room", string(rec.Room))
	add("user", nameOf(rec.Target))
	if rec.Operator {
		out = append(out, slog.Bool("operator", true))
	}
	add("script", rec.Script)
	if rec.Gen != 0 {
		out = append(out, slog.Uint64("gen", rec.Gen))
	}
	add("event", string(rec.Event))
	if rec.DryRun {
		out = append(out, slog.Bool("dry_run", true))
		add("text", engine.TextOf(a))
	}
	if err != nil {
		out = append(out, slog.Any("err", err))
	}
	return out
}

func nameOf(u engine.UserRef) string {
	if u.Name != "" {
		return u.Name
	}
	return string(u.ID)
}
