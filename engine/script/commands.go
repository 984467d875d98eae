package script

import "slices"

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
