package isolate

import (
	"context"

	"botd/engine"
)

// record is the record of a state on the wire, as it is.
type record []byte

// loadState answers a child that is being loaded and has a state. First the child that
// serves is told to hold: it saves its state by that, and nothing changes it any more.
func (c *child) loadState(f frame) error {
	id := f.id
	reply := func() {
		rec, err := c.m.opt.Door.LoadState(c.origin(origin{Gen: c.source.Generation}))
		c.post(kindAnswer, id, answer[[]byte]{failureOf(err), rec})
	}
	again := c.hasState
	c.hasState = true
	if again || !c.s.hold(c, reply) {
		reply()
	}
	return nil
}

// hasBegun is told what the next saveState is about, too.
func (c *child) hasBegun(_ uint64, ids []engine.EventID) error {
	c.begun = ids
	return nil
}

// saveState hands the state of a child that serves on.
func (c *child) saveState(f frame) error {
	if !c.saves.Allow() {
		c.fail("it saves its state too often")
		return nil
	}
	c.s.mu.Lock()
	serves := c.s.cur == c
	c.s.mu.Unlock()
	if serves {
		c.m.opt.Door.SaveState(c.origin(origin{Gen: c.source.Generation}), append([]byte(nil), f.body...), c.begun)
	}
	c.begun = nil
	return nil
}

// hold has the child that serves stop between two events, and f called once it has, or is
// gone. It is false, and does nothing, if there is none besides c, or it holds already.
func (s *slot) hold(c *child, f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.cur
	if old == nil || old == c || old.ended || old.rests {
		return false
	}
	old.onHeld = append(old.onHeld, f)
	if !old.holding {
		old.holding = true
		old.post(kindHold, 0, none{})
	}
	return true
}

// held is told when a child holds, or is gone.
func (c *child) held(uint64, none) error {
	c.s.mu.Lock()
	waiting := c.onHeld
	c.onHeld, c.rests = nil, c.holding
	c.s.mu.Unlock()
	for _, f := range waiting {
		f()
	}
	return nil
}

// goOn ends the hold of the child that serves, if there is one.
func (s *slot) goOn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.cur; c != nil && c.holding {
		c.holding, c.rests = false, false
		c.post(kindGoOn, 0, none{})
	}
}

// Hold has a script stop between two events and save its state. Until Release, or
// until the script is loaded or unloaded, nothing of it runs. It does nothing if there is
// no such script.
func (m *Manager) Hold(ctx context.Context, name string) error {
	m.mu.Lock()
	s := m.slots[name]
	m.mu.Unlock()
	if s == nil {
		return nil
	}
	held := make(chan struct{})
	if !s.hold(nil, func() { close(held) }) {
		return nil
	}
	select {
	case <-held:
		return nil
	case <-ctx.Done():
		return engine.Errorf(engine.Timeout, "script %q did not come to rest: %w", name, ctx.Err())
	}
}

// Release ends a Hold.
func (m *Manager) Release(name string) {
	m.mu.Lock()
	s := m.slots[name]
	m.mu.Unlock()
	if s != nil {
		s.goOn()
	}
}
