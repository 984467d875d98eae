package isolate

import (
	"errors"

	"botd/engine/dispatch"
	"botd/engine/script"
	"botd/engine/trace"
)

// screening is a question to a filter of a child. The slot's mu guards it.
type screening struct {
	p     *dispatch.Prepared
	order uint64
	done  func(dispatch.Ruling)
	over  bool // it has an answer, or nobody waits for one
	c     *child
	id    uint64
}

// Screens reports whether any script has filters.
func (m *Manager) Screens() bool { return m.screens.Load() > 0 }

// NextScreen finds the first filter behind a place that an event has to pass, of the scripts
// that may have any.
func (m *Manager) NextScreen(p *dispatch.Prepared, after *dispatch.Place, may func(script string) bool) (dispatch.Stage, bool) {
	return dispatch.FirstScreen(*m.order.Load(), (*slot).waitsFor, p, after, may,
		func(s *slot, sub *dispatch.Sub, p *dispatch.Prepared, done func(dispatch.Ruling)) func() {
			return s.ask(p, sub.Screen.Order, done)
		})
}

func (s *slot) waitsFor() (script string, t *dispatch.Table) { return s.name, s.table.Load() }

// wait makes t what the script waits for. mu is held.
func (s *slot) wait(t *dispatch.Table) {
	old := s.table.Swap(t)
	s.m.screens.Add(int32(min(t.Screens(), 1) - min(old.Screens(), 1)))
}

// ask puts a question to a filter of the child that serves. It never blocks.
func (s *slot) ask(p *dispatch.Prepared, order uint64, done func(dispatch.Ruling)) (giveUp func()) {
	a := &screening{p: p, order: order, done: done}
	r, now := dispatch.Ruling{}, true
	s.mu.Lock()
	switch {
	case s.table.Load() == nil: // ended a moment ago
		r.Again = true
	case s.swapping:
		s.asks = append(s.asks, a)
		now = false
	case s.cur == nil:
		r = dispatch.Ruling{Failed: trace.Cancelled, Why: s.why, Unasked: true}
	default:
		s.cur.pose(a)
		now = false
	}
	s.mu.Unlock()
	if now {
		done(r)
	}
	return func() { s.giveUp(a) }
}

// pose sends a question to the child. mu of the slot is held.
func (c *child) pose(a *screening) {
	c.lastAsk++
	a.c, a.id = c, c.lastAsk
	if c.rulings == nil {
		c.rulings = map[uint64]*screening{}
	}
	c.rulings[a.id] = a
	c.work++
	c.post(kindScreen, a.id, opened{a.p, c.s.reveal(a.p), a.order})
}

// giveUp ends a question that nobody waits for any more.
func (s *slot) giveUp(a *screening) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.over {
		return
	}
	a.over = true
	if c := a.c; c != nil && c.rulings[a.id] == a {
		delete(c.rulings, a.id)
		c.work++
		c.post(kindGiveUp, a.id, none{})
	}
}

// answer tells whoever asked, if they still wait.
func (s *slot) answer(a *screening, r dispatch.Ruling) {
	s.mu.Lock()
	over := a.over
	a.over = true
	s.mu.Unlock()
	if !over {
		a.done(r)
	}
}

// askAgain has questions put anew that came while the script was replaced; unloaded tells
// that nothing took its place.
func (s *slot) askAgain(asks []*screening, unloaded bool) {
	r := dispatch.Ruling{Again: true}
	if unloaded {
		r = dispatch.Ruling{Failed: trace.Cancelled, Why: "the script was unloaded", Unasked: true}
	}
	for _, a := range asks {
		s.answer(a, r)
	}
}

// endAsks answers the questions to a child that is gone.
func (c *child) endAsks() {
	c.s.mu.Lock()
	left := c.rulings
	c.rulings = nil
	c.s.mu.Unlock()
	for _, a := range left {
		c.s.answer(a, dispatch.Ruling{Failed: trace.Cancelled, Why: "its process died: " + c.death})
	}
}

// filters is asked for each filter that the child adds.
func (c *child) filters(o origin) (none, error) { return none{}, c.m.opt.Door.Filters(c.origin(o)) }

// ruled is the answer of a filter. One that is late or made up is nobody's. What a child did not
// come to because it is being replaced is put to the one that follows.
func (c *child) ruled(id uint64, r dispatch.Ruling) error {
	if r.Failed != "" && !r.Failed.Known() {
		return errors.New("a filter failed for a reason that nobody can understand")
	}
	c.s.mu.Lock()
	a := c.rulings[id]
	delete(c.rulings, id)
	again := a != nil && r.Unasked && r.Failed == trace.Cancelled && c.s.swapping
	if again {
		a.c = nil
		c.s.asks = append(c.s.asks, a)
	}
	c.s.mu.Unlock()
	if a == nil || again {
		return nil
	}
	if r.Changed && len(r.Text) > max(dispatch.MaxText, len(a.p.Text)) {
		c.s.answer(a, dispatch.Ruling{Failed: trace.HandlerError, Why: "a text that is too long"})
		return errors.New("a filter returned a text that is too long")
	}
	r.Why = script.Printable(r.Why)
	c.s.answer(a, r)
	return nil
}

// Filters asks whether the script may have filters.
func (d *pipeDoor) Filters(o script.Origin) error {
	_, err := ask[none](d, kindFilters, originOf(o))
	return err
}

// screen puts a question of the daemon to a filter; p is nil if it could not be sent.
func (w *worker) screen(id uint64, p *dispatch.Prepared, order uint64) {
	if p == nil {
		_ = w.send(kindRuled, id, dispatch.Ruling{Failed: trace.HandlerError, Why: "the event could not be sent to the script's process", Unasked: true})
		return
	}
	w.mu.Lock()
	if w.asked == nil {
		w.asked = map[uint64]func(){}
	}
	w.asked[id] = nil
	w.mu.Unlock()
	giveUp := w.scripts.AskScreen(w.name, order, p, func(r dispatch.Ruling) { w.ruled(id, r) })
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, open := w.asked[id]; open {
		w.asked[id] = giveUp
	}
}

func (w *worker) ruled(id uint64, r dispatch.Ruling) {
	w.mu.Lock()
	delete(w.asked, id)
	w.mu.Unlock()
	if r.Again { // the daemon cannot know yet
		r = dispatch.Ruling{Failed: trace.Cancelled, Why: "the filter was taken off", Unasked: true}
	}
	_ = w.send(kindRuled, id, r)
}

// giveUp ends a question that nobody waits for any more.
func (w *worker) giveUp(id uint64) {
	w.mu.Lock()
	giveUp := w.asked[id]
	delete(w.asked, id)
	w.mu.Unlock()
	if giveUp != nil {
		giveUp()
	}
}
