package script

import (
	"slices"

	"botd/engine/dispatch"
)

// Commands lists the names of the commands that scripts answer now, in order.
func (m *Manager) Commands() []string {
	var names []string
	for _, s := range *m.order.Load() {
		if t := s.table.Load(); t != nil {
			names = append(names, t.Commands()...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Answers reports whether a script answers a command line.
func (m *Manager) Answers(p *dispatch.Prepared) bool {
	return slices.ContainsFunc(*m.order.Load(), func(s *Slot) bool {
		t := s.table.Load()
		return t != nil && t.Answers(p)
	})
}

// Offered lists the commands that the user of an event may use in its room, by script.
func (m *Manager) Offered(p *dispatch.Prepared) []*dispatch.Sub {
	var out []*dispatch.Sub
	for _, s := range *m.order.Load() {
		if t := s.table.Load(); t != nil {
			out = append(out, t.Offered(p)...)
		}
	}
	return out
}
