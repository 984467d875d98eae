package script

import (
	"slices"

	"botd/engine"
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

// Offer is a command and whose it is.
type Offer struct {
	Script string
	Names  []string
	About  dispatch.About
}

// Offers lists the commands of a script that somebody may use where an event happened, anywhere
// if it is nil; with a name, those that answer to it.
func Offers(script string, t *dispatch.Table, ev *engine.Event, name string) []Offer {
	var out []Offer
	for _, s := range t.CommandsIn(ev) {
		if name == "" || slices.Contains(s.Commands, name) {
			out = append(out, Offer{script, s.Commands, s.About})
		}
	}
	return out
}

// Offers lists those of all scripts.
func (m *Manager) Offers(ev *engine.Event, name string) []Offer {
	var out []Offer
	for _, s := range *m.order.Load() {
		if t := s.table.Load(); t != nil {
			out = append(out, Offers(s.name, t, ev, name)...)
		}
	}
	return out
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
