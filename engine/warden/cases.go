package warden

import (
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/moderate"
	"botd/engine/store"
)

// open numbers a case and writes it down. The write is on its way before anything is done,
// and what is done does not wait for the disk.
func (w *Warden) open(c *moderate.Case) {
	w.mu.Lock()
	w.last++
	n := w.last
	c.ID = strconv.FormatInt(n, 10)
	batch := w.write(c)
	if n > MaxCases && len(batch) > 0 {
		batch = append(batch, store.Delete(caseSpace, key(n-MaxCases)))
	}
	w.submit(c, batch) // under the lock, so that the store has them in their order
	w.mu.Unlock()
	if !w.opt.Log.Enabled(context.Background(), slog.LevelInfo) {
		return
	}
	w.opt.Log.Info("moderation case", slog.String("script", c.Script), slog.String("case", c.ID), slog.String("room", string(engine.Path(c.Session, c.Room))),
		slog.String("user", c.User.Name), slog.String("rule", c.Kind), slog.String("action", c.Wanted.String()), slog.String("state", string(c.Status)))
}

// write is what keeps a case as it is now. mu is held until it is submitted.
func (w *Warden) write(c *moderate.Case) store.Batch {
	if w.opt.Trial {
		return nil
	}
	c = w.known(c)
	n, err := strconv.ParseInt(c.ID, 10, 64)
	if err == nil {
		var op store.Op
		if op, err = w.cases.Op(key(n), *c); err == nil {
			return store.Batch{op}
		}
	}
	w.opt.Log.Error("a moderation case cannot be kept", slog.String("case", c.ID), slog.Any("err", err))
	return nil
}

func (w *Warden) submit(c *moderate.Case, b store.Batch) {
	if len(b) == 0 {
		return
	}
	id := c.ID
	w.opt.Store.Submit(b, func(r store.Result) {
		if r.Err != nil {
			w.opt.Log.Warn("a moderation case could not be stored", slog.String("case", id), slog.Any("err", r.Err))
		}
	})
}

// keep writes a case down.
func (w *Warden) keep(c *moderate.Case) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.submit(c, w.write(c))
}

// settle writes down what became of a case and tells those who listen.
func (w *Warden) settle(c *moderate.Case) {
	w.keep(c)
	w.publish(c)
}

// EventName is the kind of the event that tells scripts of a case.
const EventName = "moderation"

func (w *Warden) publish(c *moderate.Case) {
	w.mu.Lock()
	c = w.known(c)
	w.mu.Unlock()
	if w.opt.Settled != nil {
		w.opt.Settled(*c)
	}
	if w.opt.Publish == nil {
		return
	}
	w.opt.Publish(&engine.Event{
		Session: c.Session, Platform: c.Platform, Room: engine.Room{ID: c.Room}, User: c.User,
		Body: engine.Custom{Name: EventName, From: c.Script, Data: map[string]any{
			"case": c.ID, "status": string(c.Status), "user": c.User.Name, "room": string(engine.Path(c.Session, c.Room)), "text": c.Text, "why": c.Why,
			"rules": c.Rules, "rule": c.Kind, "detail": c.Detail, "wanted": c.Wanted.String(), "taken": c.Taken.String(), "note": c.Note, "deleted": ids(c.Deleted), "by": c.Person, "script": c.Script,
		}},
	})
}

// actionFor is a step as the network hears it.
func actionFor(c *moderate.Case, s moderate.Step, told string, can engine.CapSet) engine.Action {
	who, reason := c.User.Ref(), c.Why
	switch s.Do {
	case "delete":
		return engine.Delete{Room: c.Room, Message: c.Message, Author: who, Reason: reason}
	case "kick":
		return engine.Kick{Room: c.Room, User: who, Reason: reason}
	case "timeout":
		return engine.TimeOut{Room: c.Room, User: who, Length: s.For, Reason: reason}
	case "mute":
		return engine.Mute{Room: c.Room, User: who, Reason: reason}
	case "ban":
		return engine.Ban{Room: c.Room, User: who, Length: s.For, Reason: reason}
	}
	if can.Has(engine.CapWhisper) {
		return engine.Whisper{Room: c.Room, User: who, Text: told}
	}
	return engine.Say{Room: c.Room, Text: "@" + c.User.Name + ": " + told}
}

// Order is a step that a person, or a script by itself, wants taken.
type Order struct {
	Script  string
	Event   engine.EventID
	Session engine.SessionID
	Where   string // the platform
	Room    engine.RoomID
	moderate.Order
}

// Act takes a step that no rule asked for. done gets the case; it has an error too if
// nothing came of it.
func (w *Warden) Act(o Order, done func(*moderate.Case, error)) {
	if err := o.Step.Check(); err != nil {
		done(nil, err)
		return
	}
	c := &moderate.Case{
		At: w.opt.Clock.Now().UTC(), Session: o.Session, Platform: o.Where, Room: o.Room, User: bare(o.User), Message: o.Message, Text: clip(o.Text),
		Script: o.Script, Person: clip(o.Person), Why: clip(o.Why), Wanted: o.Step, Status: moderate.Pending,
	}
	w.begin(&attempt{c: c, ev: o.Event, told: o.Why, done: done})
}

// written waits for the cases on their way to the store: batches are carried out in their
// order, so it is enough to wait for one that does nothing.
func (w *Warden) written(ctx context.Context) error {
	_, err := store.Commit(ctx, w.opt.Store, store.Delete(caseSpace, "0"))
	return err
}

// Case reads one; NotFound if there is none.
func (w *Warden) Case(ctx context.Context, id string) (moderate.Case, error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(id, "#"), 10, 64)
	if err != nil {
		return moderate.Case{}, engine.Errorf(engine.Invalid, "%q is no number of a case", id)
	}
	if err := w.written(ctx); err != nil {
		return moderate.Case{}, err
	}
	c, found, err := w.cases.Get(ctx, key(n))
	if err == nil && !found {
		err = engine.Errorf(engine.NotFound, "no case %d", n)
	}
	return c, err
}

// MaxListed is how many cases one question gets at most.
const MaxListed = 1000

// Cases lists cases, the latest first. see, which may be nil, says which may be seen.
func (w *Warden) Cases(ctx context.Context, q moderate.Query, see func(*moderate.Case) bool) ([]moderate.Case, error) {
	if q.Limit <= 0 || q.Limit > MaxListed {
		q.Limit = MaxListed
	}
	out := []moderate.Case{}
	err := w.eachCase(ctx, func(_ string, c *moderate.Case) (more bool) {
		if q.Takes(c) && (see == nil || see(c)) {
			out = append(out, *c)
		}
		return len(out) < q.Limit
	})
	return out, err
}

// eachCase calls f with the key and the value of each case, the latest first, until it
// has had enough.
func (w *Warden) eachCase(ctx context.Context, f func(key string, c *moderate.Case) (more bool)) error {
	if err := w.written(ctx); err != nil {
		return err
	}
	for before := ""; ; {
		page, err := w.opt.Store.List(ctx, store.Query{Space: caseSpace, Desc: true, After: before})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, e := range page {
			var c moderate.Case
			if json.Unmarshal(e.Value, &c) == nil && !f(e.Key, &c) {
				return nil
			}
		}
		before = page[len(page)-1].Key
	}
}

// Undo takes a case back that is done, or of which that is not known, in the name of a script: what the network can take back, and the
// offence itself. done gets the case as it is then.
func (w *Warden) Undo(script string, ev engine.EventID, c moderate.Case, who string, done func(*moderate.Case, error)) {
	w.mu.Lock()
	c = *w.known(&c)
	w.mu.Unlock()
	if !c.Forgotten.IsZero() {
		done(&c, engine.Errorf(engine.Conflict, "whom case %s was about has been forgotten: what still holds against them is undone on the network", c.ID))
		return
	}
	if c.Status == moderate.Pending {
		done(&c, engine.Errorf(engine.Conflict, "case %s is still on its way", c.ID))
		return
	}
	if c.Status == moderate.Undone || c.Status == moderate.Shadow || c.Status == moderate.Failed {
		done(&c, engine.Errorf(engine.Conflict, "case %s is %s: there is nothing to undo", c.ID, c.Status))
		return
	}
	finish := func() {
		w.forgive(&c)
		c.Status, c.Undone, c.Undoer = moderate.Undone, w.opt.Clock.Now().UTC(), who
		w.settle(&c)
		done(&c, nil)
	}
	action := w.reverse(&c)
	if action == nil {
		finish()
		return
	}
	w.opt.Do(Action{Script: script, Event: ev, Session: c.Session, Action: action}, func(r engine.Receipt) {
		err := r.Error()
		if code := engine.CodeOf(err); r.Status == engine.Failed && code != engine.NotFound && code != engine.Conflict {
			done(&c, err)
			return
		}
		finish() // not found: somebody else has lifted it, or it is over
	})
}

// reverse is what takes a step back on the network; nil if nothing needs to be, or can be.
func (w *Warden) reverse(c *moderate.Case) engine.Action {
	need, ok := c.Taken.Undoes()
	if !ok || !c.Until.IsZero() && !w.opt.Clock.Now().Before(c.Until) {
		return nil
	}
	caps, _ := w.opt.Caps(c.Session, c.Room)
	switch who := c.User.Ref(); {
	case !caps.Can.Has(need):
		note(c, "%s cannot lift a %s early", network(c), c.Taken.Do)
		return nil
	case need == engine.CapUnban:
		return engine.Unban{Room: c.Room, User: who}
	default:
		return engine.Unmute{Room: c.Room, User: who}
	}
}

// Nuke finds what was said lately, and does something about all of it.
func (w *Warden) Nuke(o Order, n moderate.Nuke, done func(moderate.Nuked, error)) {
	hits, err := w.targets(o, n)
	if err != nil {
		done(moderate.Nuked{}, err)
		return
	}
	var out moderate.Nuked
	seen := map[string]bool{}
	for _, h := range hits {
		out.Messages = append(out.Messages, moderate.NukedLine{At: h.ev.At, User: h.ev.User.Name, Text: h.text})
		if who := moderate.Who(h.ev.Session, h.ev.User); !seen[who] {
			seen[who] = true
			out.Users = append(out.Users, h.ev.User.Name)
		}
	}
	if n.Preview {
		done(out, nil)
		return
	}
	w.strike(o, n, hits, &out, done)
}

// strike acts on each message if that is what is wanted, else once on each user; the
// messages go in any case where the network can.
func (w *Warden) strike(o Order, n moderate.Nuke, hits []target, out *moderate.Nuked, done func(moderate.Nuked, error)) {
	if len(hits) == 0 {
		done(*out, nil)
		return
	}
	left, acted := make(chan *moderate.Case, len(hits)), map[string]bool{}
	for _, h := range hits {
		one := o
		one.User, one.Message, one.Text, one.Why = h.ev.User, h.id, h.text, n.Why
		one.Step = n.Action
		if who := moderate.Who(h.ev.Session, h.ev.User); acted[who] && n.Action.Do != "delete" {
			one.Step = moderate.Step{Do: "delete"}
			if caps, _ := w.opt.Caps(o.Session, o.Room); h.id == "" || !caps.Can.Has(engine.CapDelete) {
				left <- nil
				continue
			}
		} else {
			acted[who] = true
		}
		w.Act(one, func(c *moderate.Case, _ error) { left <- c })
	}
	w.opt.Go(func() {
		for range hits {
			if c := <-left; c != nil {
				out.Cases = append(out.Cases, c.ID)
			}
		}
		done(*out, nil)
	})
}

// target is a message to act on.
type target struct {
	ev   *engine.Event
	id   engine.MessageID
	text string
}

// maxNuke is how far back messages are looked at, in number and time.
const (
	maxNuke      = 1000
	maxNukeSince = 24 * time.Hour
)

func (w *Warden) targets(o Order, n moderate.Nuke) ([]target, error) {
	re, err := moderate.CompilePattern(n.Pattern)
	if err == nil && !n.Preview {
		err = n.Action.Check()
	}
	if err == nil && (n.Since <= 0 || n.Since > maxNukeSince) {
		err = engine.Errorf(engine.Invalid, "since: expected a duration above 0 and up to %g hours", maxNukeSince.Hours())
	}
	if err != nil {
		return nil, err
	}
	from := w.opt.Clock.Now().Add(-n.Since)
	var out []target
	var seen heard // networks tell some messages twice
	for _, ev := range w.opt.Recent(engine.Path(o.Session, o.Room), maxNuke) {
		m, ok := ev.Body.(engine.Message)
		// Who asks has said it in asking, and need not be a moderator of the network.
		exempt := ev.Self || m.Private || ev.User.Role >= engine.Moderator || o.Person != "" && strings.EqualFold(ev.User.Name, o.Person)
		if ok && seen.again(ev, m.ID, m.Text) {
			continue
		}
		if ok && !exempt && !ev.At.Before(from) && re.MatchString(moderate.Plain(m.Text)) {
			out = append(out, target{ev, m.ID, clip(m.Text)})
		}
	}
	return out, nil
}
