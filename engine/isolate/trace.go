package isolate

import (
	"errors"

	"golang.org/x/time/rate"

	"botd/engine"
	"botd/engine/script"
	"botd/engine/trace"
)

// traced is the body of kindTrace: a step of an event that the child was sent.
type traced struct {
	Event engine.EventID
	Step  trace.Step
}

// What a child may tell of its events; more is left out.
const (
	tracesPerSecond = 1000
	tracesAtOnce    = 5000
	maxEventID      = 64
)

func newTraceLimit() *rate.Limiter { return rate.NewLimiter(tracesPerSecond, tracesAtOnce) }

// trace sends a step to the daemon.
func (w *worker) trace(s trace.Step) {
	_ = w.send(kindTrace, 0, traced{s.Event, s}) // without a daemon nobody asks
}

// trace passes a step on. What a child may know better than the daemon is what happened
// inside of it: of actions the daemon keeps the account itself.
func (c *child) trace(_ uint64, t traced) error {
	s := t.Step
	if s.Reason != "" && !s.Reason.Known() || len(t.Event) > maxEventID {
		return errors.New("it tells of an event what nobody can understand")
	}
	if c.m.opt.Trace == nil || !c.traces.Allow() {
		return nil
	}
	c.m.opt.Trace(trace.Step{
		Event: t.Event, At: s.At, Script: c.s.name, Gen: s.Gen, Handler: script.Printable(s.Handler), Reason: s.Reason, Text: script.Printable(s.Text),
		Ended: s.Ended, Queued: max(0, s.Queued), Ran: max(0, s.Ran), Waited: max(0, s.Waited), Action: script.Printable(s.Action), Status: refused(s),
	})
	return nil
}

// refused is the only outcome of an action that a child decides itself.
func refused(s trace.Step) engine.Status {
	if s.Action == "" {
		return ""
	}
	return engine.Failed
}

// lost notes that an event does not reach the script.
func (s *slot) lost(ev *engine.Event, why trace.Reason, text string) {
	if s.m.opt.Trace != nil {
		s.m.opt.Trace(trace.Step{Event: ev.ID, At: s.m.opt.Clock.Now(), Script: s.name, Reason: why, Text: text})
	}
}

// Queued reports whether an event waits for a script, and behind how many.
func (m *Manager) Queued(name string, id engine.EventID) (before int, queued bool) {
	s := m.find(name)
	if s == nil {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur != nil {
		before = len(s.cur.flight)
	}
	for i, p := range s.box.events[s.box.head:] {
		if p.Event.ID == id {
			return before + i, true
		}
	}
	return 0, false
}

func (m *Manager) find(name string) *slot {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.slots[name]
}
