package script

import (
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/trace"
)

// lost notes that an event does not reach the script.
func (s *Slot) lost(ev *engine.Event, why trace.Reason, text string) {
	if s.m.trace == nil {
		return
	}
	s.m.trace(trace.Step{Event: ev.ID, At: s.m.clock.Now(), Script: s.name, Reason: why, Text: text})
}

// empty takes all events out of the mailbox and counts them as dropped. mu is held.
func (s *Slot) empty(why trace.Reason, text string) {
	n := s.box.len()
	if s.m.trace != nil {
		for range n {
			s.lost(s.box.pop().p.Event, why, text)
		}
	}
	s.box.drain()
	s.dropped.Add(uint64(n))
}

// Queued reports whether an event waits in the mailbox of a script, and behind how many.
func (m *Manager) Queued(name string, id engine.EventID) (before int, queued bool) {
	m.mu.Lock()
	s := m.slots[name]
	m.mu.Unlock()
	if s == nil {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.box.len() {
		if s.box.queue.at(i).p.Event.ID == id {
			return i, true
		}
	}
	return 0, false
}

// unmatched notes why an event that came to the script reached none of its handlers: no
// pattern matched, or whoever delivered it knew only roughly what the script wants. The
// baton is held.
func (vm *VM) unmatched(p *dispatch.Prepared) {
	if vm.m.trace == nil {
		return
	}
	step := trace.Step{Event: p.Event.ID, At: vm.m.clock.Now(), Script: vm.slot.name, Gen: vm.gen}
	if vm.table.Wants(p) {
		step.Reason = trace.Pattern
		vm.m.trace(step)
		return
	}
	vm.m.unwanted(step, vm.table, p)
}

// unwanted notes why a script takes none of an event. step says whose it is.
func (m *Manager) unwanted(step trace.Step, t *dispatch.Table, p *dispatch.Prepared) {
	verdicts := t.Explain(p)
	for _, v := range verdicts {
		if step.Handler, step.Reason, step.Text = "", v.Reason, v.Text; v.Sub != nil {
			step.Handler = v.Sub.Title()
		}
		m.trace(step)
	}
	if len(verdicts) == 0 {
		step.Reason = trace.NoHandler
		m.trace(step)
	}
}

// stoppedShort notes a handler that is not called because another one before it wanted so.
func (vm *VM) stoppedShort(in invocation) {
	if vm.m.trace != nil {
		vm.m.trace(trace.Step{Event: in.del.Event.ID, At: vm.m.clock.Now(), Script: vm.slot.name, Gen: vm.gen, Handler: in.sub.title, Reason: trace.Stopped})
	}
}

// step begins a note about what a task does. The baton is held.
func (t *Task) step(why trace.Reason, text string) trace.Step {
	return trace.Step{
		Event: t.event.ID, Script: t.vm.slot.name, Gen: t.vm.gen, Handler: t.handler, Reason: why, Text: text, Queued: t.queued,
	}
}

// traced reports whether anybody wants to know what the task does.
func (t *Task) traced() bool { return t.vm.m.trace != nil && t.event != nil && !t.loading }

// traceWait notes, once, that the handler waits: it may be long before it ends.
func (t *Task) traceWait() {
	if !t.traced() || t.told {
		return
	}
	t.told = true
	s := t.step(trace.Waiting, "")
	s.At = t.parkedAt
	t.vm.m.trace(s)
}

// traceEnd notes how the handler ended.
func (t *Task) traceEnd() {
	if !t.traced() {
		return
	}
	s := t.step("", "")
	s.At, s.Ended, s.Ran, s.Waited = t.began.Add(t.ranFor+t.waited), true, t.ranFor, t.waited
	switch dead := t.dead(); {
	case cancelledBy(dead):
		s.Reason = trace.Cancelled
	case dead != alive:
		s.Reason, s.Text = trace.Limit, t.Err().Error()
	case t.err != nil:
		s.Reason, s.Text = trace.HandlerError, clean(errorText(errorValue(t.err)))
	}
	t.vm.m.trace(s)
}

// Trace notes why the handler, or what it asked for, comes to nothing. action is what it
// tried, "" if it is the handler itself that does not run.
func (c *Call) Trace(why trace.Reason, action engine.Action, text string) {
	if !c.t.traced() {
		return
	}
	s := c.t.step(why, text)
	s.At, s.Queued = c.Now(), 0
	if action != nil {
		s.Action, s.Status = engine.ActionName(action), engine.Failed
	}
	c.vm.m.trace(s)
}

// Left is a time in a text for people: "4.2 s left".
func Left(d time.Duration) string {
	if d >= time.Minute {
		return d.Round(time.Second).String() + " left"
	}
	return fmt.Sprintf("%.1f s left", d.Seconds())
}

// where is the place of a function in the source. Of one that is Go's it is the place of
// the function of the script that it calls.
func where(fn *lua.LFunction) string {
	if !fn.IsG {
		return fmt.Sprintf("%s:%d", fn.Proto.SourceName, fn.Proto.LineDefined)
	}
	for _, u := range fn.Upvalues {
		if inner, ok := u.Value().(*lua.LFunction); ok {
			return where(inner)
		}
	}
	return ""
}
