package isolate

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
)

// A handler deals with a frame of a child. An error means that the frame makes no sense,
// and is the end of the child. None waits for anything but the slot's lock.
type handler func(c *child, f frame) error

// handlers know all that a child may send.
var handlers = map[kind]handler{
	kindReady:     told((*child).ready),
	kindLoaded:    told((*child).load),
	kindState:     told((*child).report),
	kindFault:     told((*child).fault),
	kindLog:       told((*child).log),
	kindTrace:     told((*child).trace),
	kindPong:      told((*child).pong),
	kindUnloaded:  told((*child).unload),
	kindStore:     told((*child).store),
	kindFetch:     told((*child).fetch),
	kindContest:   told((*child).contest),
	kindAbort:     told((*child).abort),
	kindReplied:   told((*child).replied),
	kindUnhook:    told((*child).unhook),
	kindRunEnd:    told((*child).finished),
	kindOnce:      told((*child).once),
	kindCancelJob: told((*child).cancelJob),
	kindJobEnd:    told((*child).endJob),
	kindDefine:    asked((*child).define),
	kindUndefine:  asked((*child).undefine),
	kindJobs:      asked((*child).jobs),
	kindHeld:      told((*child).held),
	kindBegun:     told((*child).hasBegun),
	kindSaveState: (*child).saveState,
	kindLoadState: (*child).loadState, // answers itself

	kindDo:          told((*child).do), // answers itself
	kindEmit:        asked((*child).emit),
	kindCaps:        asked((*child).caps),
	kindCommands:    asked((*child).commands),
	kindOffers:      asked((*child).offers),
	kindRooms:       asked((*child).rooms),
	kindSessions:    asked((*child).sessions),
	kindUsers:       asked((*child).users),
	kindRecent:      asked((*child).recent),
	kindModule:      asked((*child).module),
	kindHook:        asked((*child).hook),
	kindBook:        asked((*child).book),
	kindSchedule:    asked((*child).schedule),
	kindPlan:        asked((*child).plan),
	kindAlter:       asked((*child).alter),
	kindBegin:       asked((*child).begin),
	kindCooldown:    asked((*child).cooldown),
	kindMetric:      asked((*child).metric),
	kindDesk:        asked((*child).desk),
	kindRules:       asked((*child).rules),
	kindUnrule:      told((*child).unrule),
	kindModerate:    told((*child).moderate),
	kindFilters:     asked((*child).filters),
	kindRuled:       told((*child).ruled),
	kindGiveRole:    told((*child).giveRole),
	kindQuestion:    told((*child).question), // answers itself
	kindQuestionEnd: told((*child).endQuestion),
	kindEvaluated:   told((*child).evaluated),
}

// told makes a handler of a method that takes the body.
func told[T any](f func(*child, uint64, T) error) handler {
	return func(c *child, fr frame) error {
		v, err := decode[T](fr)
		if err != nil {
			return err
		}
		return f(c, fr.id, v)
	}
}

// asked makes a handler of a method that answers a question.
func asked[Q, A any](f func(*child, Q) (A, error)) handler {
	return func(c *child, fr frame) error {
		q, err := decode[Q](fr)
		if err != nil {
			return err
		}
		a, err := f(c, q)
		c.post(kindAnswer, fr.id, answer[A]{failureOf(err), a})
		return nil
	}
}

func (c *child) handle(f frame) error {
	h := handlers[f.kind]
	switch {
	case h == nil:
		return fmt.Errorf("an unknown frame (%d)", f.kind)
	case c.isUnloaded: // what it says about itself is of no interest any more
		return nil
	}
	if err := h(c, f); err != nil {
		return fmt.Errorf("frame %d: %w", f.kind, err)
	}
	return nil
}

func (c *child) ready(_ uint64, r ready) error {
	if r.Unfiltered == "" {
		return nil
	}
	c.m.unfilter.Do(func() {
		c.m.opt.Log.Warn("scripts with isolation: process run without a filter of system calls", slog.String("err", script.Printable(r.Unfiltered)))
	})
	return nil
}

func (c *child) load(_ uint64, l loaded) error {
	if c.isLoaded {
		return errors.New("loaded twice")
	}
	if err := c.want(&l.Interest); err != nil {
		return err
	}
	if l.Err != nil {
		l.Err = c.mine(l.Err)
	}
	c.isLoaded = true
	c.loaded <- l
	return nil
}

// want takes note of what the script waits for; nil if that has not changed.
func (c *child) want(in *interest) error {
	if in == nil {
		return nil
	}
	t, err := in.table(c.source.Rooms)
	if err != nil {
		return err
	}
	c.s.mu.Lock()
	c.table = t
	c.s.mu.Unlock()
	return nil
}

func (c *child) report(_ uint64, st state) error {
	if err := c.want(st.Interest); err != nil {
		return err
	}
	if err := c.s.heard(c, st); err != nil {
		return err
	}
	c.m.stirred()
	return nil
}

func (c *child) pong(id uint64, p pong) error {
	c.mu.Lock()
	expected := id == c.pings && !c.asked.IsZero()
	c.asked = time.Time{}
	c.mu.Unlock()
	if !expected {
		return errors.New("an answer to no ping")
	}
	if p.Running > c.deadline {
		c.fail("a handler ran for %s and could not be stopped", p.Running.Round(time.Millisecond))
	}
	return nil
}

func (c *child) unload(_ uint64, u unloaded) error {
	c.s.mu.Lock()
	err := c.take(u.Taken)
	c.state.Status = u.Status
	c.s.mu.Unlock()
	if err != nil {
		return err
	}
	c.isUnloaded = true
	close(c.unloaded)
	return nil
}

// quiet reports whether a line for people is one too many.
func (c *child) quiet() bool {
	if c.lines.Allow() {
		return false
	}
	c.s.muted.Add(1)
	return true
}

// fault shows an error of a handler. That of the load comes with the outcome.
func (c *child) fault(_ uint64, e script.Error) error {
	if c.isLoaded && !c.quiet() {
		c.m.opt.Report(c.mine(&e))
	}
	return nil
}

// Bounds of a fault, in lines.
const (
	maxTrace   = 50
	maxExcerpt = 10
)

// mine makes a fault that a child reports fit to be shown.
func (c *child) mine(e *script.Error) *script.Error {
	out := *e
	out.Script = c.s.name
	for _, text := range []*string{&out.File, &out.Msg, &out.Hint, (*string)(&out.Event)} {
		*text = script.Printable(*text)
	}
	out.Trace = nil
	for _, line := range e.Trace[:min(len(e.Trace), maxTrace)] {
		out.Trace = append(out.Trace, script.Printable(line))
	}
	out.Excerpt = nil
	for _, l := range e.Excerpt[:min(len(e.Excerpt), maxExcerpt)] {
		out.Excerpt = append(out.Excerpt, script.ExcerptLine{Line: l.Line, Text: script.Printable(l.Text)})
	}
	return &out
}

func (c *child) origin(o origin) script.Origin {
	return script.Origin{Script: c.s.name, Gen: o.Gen, Event: engine.EventID(script.Printable(string(o.Event)))}
}

func (c *child) log(_ uint64, l logLine) error {
	if !c.quiet() {
		c.m.opt.Door.Log(c.origin(l.Origin), l.Level, script.Printable(l.Msg), l.Fields)
	}
	return nil
}

// emit publishes an event. The script's own process has checked the name and the data,
// if it is still what it was.
func (c *child) emit(e emitted) (none, error) {
	if err := dispatch.CheckOwnKind(engine.Kind(e.Name)); err != nil {
		return none{}, err
	}
	if deeper(e.Data, maxDepth) {
		return none{}, engine.Errorf(engine.Invalid, "data within data, more than %d deep", maxDepth)
	}
	return none{}, c.m.opt.Door.Emit(c.origin(e.Origin), e.Name, e.Data)
}

func (c *child) metric(m measured) (none, error) {
	return none{}, c.m.opt.Door.Metric(c.origin(m.Origin), m.Point)
}

const maxDepth = 64 // more than scripts can make

// deeper reports whether plain data is nested more than n levels deep.
func deeper(v any, n int) bool {
	if n < 0 {
		return true
	}
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return deeper(e, n-1) })
	case map[string]any:
		for _, e := range v {
			if deeper(e, n-1) {
				return true
			}
		}
	}
	return false
}

// do hands an action over. The answer has the receipt if that is known at once, which
// is how a script learns what is refused; else the receipt follows.
func (c *child) do(id uint64, r request) error {
	a, err := engine.UnmarshalAction(r.Action)
	if err != nil {
		return err
	}
	if r.Lane >= engine.LaneCount {
		return fmt.Errorf("lane %d", r.Lane)
	}
	if !c.mayAct() {
		err := engine.Errorf(engine.Quota, "%d actions wait to be sent already", maxActions)
		c.post(kindAnswer, id, answer[*receipt]{Out: receiptOf(engine.Fail(err))})
		return nil
	}
	var mu sync.Mutex
	var early *receipt
	returned := false
	c.m.opt.Door.Do(script.Request{
		Origin: c.origin(r.Origin), Session: r.Session, Action: a, Lane: r.Lane, DropAfter: r.DropAfter, NoSplit: r.NoSplit, Durable: r.Durable,
	}, func(rec engine.Receipt) {
		mu.Lock()
		defer mu.Unlock()
		if !returned {
			early = receiptOf(rec)
			return
		}
		c.acted()
		c.give(kindReceipt, id, receiptOf(rec))
	})
	mu.Lock()
	defer mu.Unlock()
	returned = true
	if early != nil {
		c.acted()
	}
	c.post(kindAnswer, id, answer[*receipt]{Out: early})
	return nil
}

func (c *child) mayAct() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.actions >= maxActions {
		return false
	}
	c.actions++
	return true
}

func (c *child) acted() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.actions--
}

// give posts what is work for the script.
func (c *child) give(k kind, id uint64, body any) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.work++
	c.post(k, id, body)
}

func (c *child) caps(q capsQuestion) (engine.Capabilities, error) {
	return c.m.opt.Door.Caps(q.Session, q.Room)
}

func (c *child) commands(s engine.SessionID) ([]engine.Command, error) {
	return c.m.opt.Door.Commands(s), nil
}

func (c *child) offers(q offersQuestion) ([]script.Offer, error) {
	return c.m.opt.Door.Offers(q.Room, q.Name), nil
}

func (c *child) rooms(none) ([]script.RoomState, error) { return c.m.opt.Door.Rooms(), nil }

func (c *child) sessions(none) ([]script.SessionState, error) { return c.m.opt.Door.Sessions(), nil }

func (c *child) cooldown(q cooldownQuestion) (time.Duration, error) {
	if len(q.Holds) > script.MaxHolds {
		return 0, engine.Errorf(engine.Invalid, "%d cooldowns at once", len(q.Holds))
	}
	for i := range q.Holds {
		if h := &q.Holds[i]; len(h.Key) > script.MaxHoldKey || h.For < 0 || h.For > script.MaxWait {
			return 0, engine.Errorf(engine.Invalid, "the cooldown is out of bounds")
		}
	}
	return c.m.opt.Door.Cooldown(c.origin(q.Origin), q.Holds), nil
}

func (c *child) users(p engine.RoomPath) ([]engine.User, error) { return c.m.opt.Door.Users(p), nil }

// maxRecent is how many events one question may ask for.
const maxRecent = 1000

func (c *child) recent(q recentQuestion) ([]*engine.Event, error) {
	return c.m.opt.Door.Recent(q.Room, min(max(q.N, 0), maxRecent)), nil
}

// module reads a file for the child. Disks can be slow, but only this child waits.
func (c *child) module(q moduleQuestion) (script.ModuleFile, error) {
	f, err := script.ReadModule(c.source.Roots, q.Name)
	c.s.use(c, f.Tried)
	f.Tried = nil
	return f, err
}
