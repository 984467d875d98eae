package script

import (
	"iter"
	"slices"

	"botd/engine"
	"botd/engine/dispatch"
)

// Tables go through what scripts wait for, as it is then. Whatever is asked of all scripts about
// that is a method here, wherever they run. Command lines ask: there is no list to be made.
type Tables iter.Seq[Waiting]

// Waiting is what a script waits for.
type Waiting struct {
	Script string
	*dispatch.Table
}

// TablesOf are those of scripts that wait for something: waitsFor tells of each, with a nil
// table if it does not.
func TablesOf[S any](scripts []S, waitsFor func(S) (string, *dispatch.Table)) Tables {
	return func(yield func(Waiting) bool) {
		for _, s := range scripts {
			if name, t := waitsFor(s); t != nil && !yield(Waiting{name, t}) {
				return
			}
		}
	}
}

// And goes through more after these.
func (ts Tables) And(more Tables) Tables {
	return func(yield func(Waiting) bool) {
		for _, part := range [...]Tables{ts, more} {
			for t := range part {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// Tables are those of all scripts, by name.
func (m *Manager) Tables() Tables { return TablesOf(*m.order.Load(), (*Slot).waitsFor) }

// Of is the table of a script, nil if it waits for nothing.
func (ts Tables) Of(script string) *dispatch.Table {
	for t := range ts {
		if t.Script == script {
			return t.Table
		}
	}
	return nil
}

// Commands lists the names of the commands that scripts answer, in order.
func (ts Tables) Commands() []string {
	var names []string
	for t := range ts {
		names = append(names, t.Commands()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Answers reports whether a script answers a command line.
func (ts Tables) Answers(p *dispatch.Prepared) bool {
	for t := range ts {
		if t.Answers(p) {
			return true
		}
	}
	return false
}

// Offered lists the commands that the user of an event may use in its room, by script.
func (ts Tables) Offered(p *dispatch.Prepared) []*dispatch.Sub {
	var out []*dispatch.Sub
	for t := range ts {
		out = append(out, t.Offered(p)...)
	}
	return out
}

// Offer is a command and whose it is.
type Offer struct {
	Script string
	Names  []string
	About  dispatch.About
}

// Offers lists the commands that somebody may use where an event happened, anywhere if it is nil;
// with a name, those that answer to it.
func (ts Tables) Offers(ev *engine.Event, name string) []Offer {
	var out []Offer
	for t := range ts {
		for _, s := range t.CommandsIn(ev) {
			if name == "" || slices.Contains(s.Commands, name) {
				out = append(out, Offer{t.Script, s.Commands, s.About})
			}
		}
	}
	return out
}
