package script

import (
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/trace"
)

// ask is a question to a filter: see [dispatch.Stage]. It waits in the script's slot, not in a
// generation of it.
type ask struct {
	p     *dispatch.Prepared
	sub   *subscription
	since time.Time
	done  func(dispatch.Ruling)

	// Guarded by the slot's mu.
	over bool // nobody waits for the answer
	task *Task
	num  uint64
}

// Screens reports whether any script has filters.
func (m *Manager) Screens() bool { return m.screens.Load() > 0 }

// NextScreen finds the first filter behind a place that an event has to pass, of the scripts
// that may have any.
func (m *Manager) NextScreen(p *dispatch.Prepared, after *dispatch.Place, may func(script string) bool) (dispatch.Stage, bool) {
	return dispatch.FirstScreen(*m.order.Load(), (*Slot).waitsFor, p, after, may,
		func(s *Slot, sub *dispatch.Sub, p *dispatch.Prepared, done func(dispatch.Ruling)) func() {
			return s.ask(p, sub.Handler.(*subscription), done)
		})
}

func (s *Slot) waitsFor() (script string, t *dispatch.Table) { return s.name, s.table.Load() }

// AskScreen asks the filter of a script with that number. It is for whoever found it in
// another process.
func (m *Manager) AskScreen(name string, order uint64, p *dispatch.Prepared, done func(dispatch.Ruling)) (giveUp func()) {
	var found *subscription
	m.mu.Lock()
	s := m.slots[name]
	m.mu.Unlock()
	if s != nil {
		if t := s.table.Load(); t != nil {
			t.EachScreen(func(sub *dispatch.Sub) {
				if sub.Screen.Order == order {
					found = sub.Handler.(*subscription)
				}
			})
		}
	}
	if found == nil {
		done(dispatch.Ruling{Again: true})
		return func() {}
	}
	return s.ask(p, found, done)
}

// ask puts a question to a filter. It never blocks.
func (s *Slot) ask(p *dispatch.Prepared, sub *subscription, done func(dispatch.Ruling)) (giveUp func()) {
	a := &ask{p: p, sub: sub, since: s.m.clock.Now(), done: done}
	s.mu.Lock()
	vm := s.cur
	var r dispatch.Ruling
	switch {
	case vm == nil || vm.gen != sub.gen:
		r.Again = true
	case s.suspended:
		r = dispatch.Ruling{Failed: trace.Suspended, Why: s.sentence(), Unasked: true}
	default:
		s.asks.push(a)
		start := vm.take()
		s.mu.Unlock()
		if start {
			s.m.runners.run(vm)
		}
		return func() { s.giveUp(a) }
	}
	s.mu.Unlock()
	done(r)
	return func() {}
}

// giveUp ends a question that nobody waits for any more.
func (s *Slot) giveUp(a *ask) {
	s.mu.Lock()
	a.over = true
	t, start := a.task, false
	if t != nil {
		t.kill(a.num, tooLate)
		if t.parked {
			t.waiting = false
			start = t.vm.makeReady(t)
		}
	}
	s.mu.Unlock()
	if start {
		s.m.runners.run(t.vm)
	}
}

// forsake answers the questions that wait when the script can answer none. mu is not held.
func (s *Slot) forsake(why trace.Reason, text string) {
	s.mu.Lock()
	var left []*ask
	for s.asks.len() > 0 {
		left = append(left, s.asks.pop())
	}
	s.mu.Unlock()
	for _, a := range left {
		s.answer(a, dispatch.Ruling{Failed: why, Why: text, Unasked: true})
	}
}

// answer tells whoever asked, if they still wait.
func (s *Slot) answer(a *ask, r dispatch.Ruling) {
	s.mu.Lock()
	over := a.over
	a.over = true
	s.mu.Unlock()
	if !over {
		a.done(r)
	}
}

// nextAsk takes a question that is to be answered now: by turns with other work, if there is
// any. slot.mu and the baton are held.
func (vm *VM) nextAsk() *ask {
	s := vm.slot
	if !vm.serves() || s.suspended || s.asks.len() == 0 {
		return nil
	}
	if vm.asked = !vm.asked || vm.pending.len() == 0 && vm.jobs.len() == 0 && s.box.len() == 0; !vm.asked {
		return nil
	}
	return s.asks.pop()
}

// screen has a filter decide. The baton is held.
func (vm *VM) screen(a *ask) {
	r := dispatch.Ruling{Failed: trace.HandlerError, Why: "internal error in the script host"}
	defer func() { vm.slot.answer(a, r) }()
	if a.sub.gone || a.sub.gen != vm.gen {
		r = dispatch.Ruling{Again: true}
		return
	}
	t := vm.task(a.p.Event)
	if !vm.begins(a, t) {
		vm.release(t)
		return
	}
	defer vm.finish(t)
	defer vm.ends(a) // first: the task serves others then
	if vm.m.trace != nil {
		t.handler, t.began = a.sub.title, vm.m.clock.Now()
		t.queued = t.began.Sub(a.since)
	}
	p := a.p
	vm.pushGuarded(t.th, a.sub.fn)
	t.th.Push(vm.deliveryValue(&Delivery{Event: p.Event, Command: p.Command, Args: p.Args, Prefix: p.Prefix, MentionsMe: p.MentionsMe, arrived: a.since}))
	vm.run(t, 1, 1)
	r = vm.ruling(t, a)
}

// begins notes which task answers a question, so that it can be given up. It is false if it
// was.
func (vm *VM) begins(a *ask, t *Task) bool {
	vm.slot.mu.Lock()
	defer vm.slot.mu.Unlock()
	if a.over {
		return false
	}
	a.task, a.num = t, t.num
	return true
}

// ends notes that no task answers a question any more.
func (vm *VM) ends(a *ask) {
	vm.slot.mu.Lock()
	a.task = nil
	vm.slot.mu.Unlock()
}

// ruling is what a filter returned, or why it failed to.
func (vm *VM) ruling(t *Task, a *ask) (r dispatch.Ruling) {
	if t.err == nil {
		result := t.th.Get(-1)
		t.th.SetTop(0)
		if r, t.err = readRuling(result, a.p.Text); t.err == nil {
			return r
		}
		t.err = &lua.ApiError{Type: lua.ApiErrorRun, Object: lua.LString(where(a.sub.fn) + ": " + t.err.Error())}
	}
	switch dead := t.dead(); {
	case cancelledBy(dead):
		return dispatch.Ruling{Failed: trace.Cancelled, Why: t.Err().Error()}
	case dead != alive:
		return dispatch.Ruling{Failed: trace.Limit, Why: t.Err().Error()}
	}
	return dispatch.Ruling{Failed: trace.HandlerError, Why: clean(errorText(errorValue(t.err)))}
}

// The words of filters.
const (
	rulePass = "pass"
	ruleDrop = "drop"
)

func readRuling(v lua.LValue, was string) (r dispatch.Ruling, err error) {
	text, ok := v.(lua.LString)
	switch {
	case v == lua.LNil:
		return r, nil
	case !ok:
		return r, engine.Errorf(engine.Invalid, `a filter returns "pass", "drop" or a text, got a %s`, v.Type())
	case text == rulePass:
		return r, nil
	case text == ruleDrop:
		return dispatch.Ruling{Drop: true}, nil
	case len(text) > max(dispatch.MaxText, len(was)):
		return r, engine.Errorf(engine.Quota, "a filter returns a text of at most %d bytes, got %d", dispatch.MaxText, len(text))
	}
	return dispatch.Ruling{Changed: true, Text: strings.ToValidUTF8(string(text), "\uFFFD")}, nil
}
