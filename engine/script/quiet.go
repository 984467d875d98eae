package script

import "context"

// WaitQuiet returns once no script has anything queued, running or about to run.
// Handlers may still wait for something, such as an answer to their question.
func (m *Manager) WaitQuiet(ctx context.Context) error { return m.waitFor(ctx, m.Quiet) }

// Turns is how often a script that rested has begun to run. As long as it stays the same,
// scripts that were found quiet are.
func (m *Manager) Turns() uint64 { return m.runners.turns.Load() }

// Quiet reports what WaitQuiet waits for.
func (m *Manager) Quiet() bool {
	for _, s := range *m.order.Load() {
		if !s.quiet() {
			return false
		}
	}
	return true
}

func (s *Slot) quiet() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.restful()
}

// restful reports whether the generation that serves has nothing to do right now, and
// none before it is left. mu is held.
func (s *Slot) restful() bool {
	vm := s.cur
	if len(s.leaving) > 0 {
		return false
	}
	if vm == nil {
		return true
	}
	idle := s.suspended || vm.jobs.len() == 0 && s.box.len() == 0 && s.asks.len() == 0
	return idle && !vm.held && vm.ready.len() == 0
}

// Parked is how many handlers of events wait for something, by script.
func (m *Manager) Parked() map[string]int {
	out := map[string]int{}
	for _, s := range *m.order.Load() {
		if n := s.parked(); n > 0 {
			out[s.name] = n
		}
	}
	return out
}

func (s *Slot) parked() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur == nil {
		return 0
	}
	for _, t := range s.cur.parked {
		if t.event != nil {
			n++
		}
	}
	return n
}
