package script

import (
	"slices"

	"botd/engine"
	"botd/engine/dispatch"
)

// Tables are what scripts wait for, as it was when somebody asked. Whatever is asked of all
// scripts about that is a method here, wherever they run.
type Tables []Waiting

// Waiting is what a script waits for.
type Waiting struct {
	Script string
	*dispatch.Table
}

// TablesOf are those of scripts that wait for something: waitsFor tells of each, with a nil
// table if it does not.
func TablesOf[S any](scripts []S, waitsFor func(S) (string, *dispatch.Table)) Tables {
	out := make(Tables, 0, len(scripts))
	for _, s := range scripts {
		if name, t := waitsFor(s); t != nil {
			out = append(out, Waiting{name, t})
		}
	}
	return out
}

// Tables are those of all scripts, by name.
func (m *Manager) Tables() Tables { return TablesOf(*m.order.Load(), (*Slot).waitsFor) }

// Of is the table of a script, nil if it waits for nothing.
func (ts Tables) Of(script string) *dispatch.Table {
	for _, t := range ts {
		if t.Script == script {
			return t.Table
		}
	}
	return nil
}

// Commands lists the names of the commands that scripts answer, in order.
func (ts Tables) Commands() []string {
	var names []string
	for _, t := range ts {
		names = append(names, t.Commands()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Answers reports whether a script answers a command line.
func (ts Tables) Answers(p *dispatch.Prepared) bool {
	return slices.ContainsFunc(ts, func(t Waiting) bool { return t.Answers(p) })
}

// Offered lists the commands that the user of an event may use in its room, by script.
func (ts Tables) Offered(p *dispatch.Prepared) []*dispatch.Sub {
	var out []*dispatch.Sub
	for _, t := range ts {
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
	for _, t := range ts {
		for _, s := range t.CommandsIn(ev) {
			if name == "" || slices.Contains(s.Commands, name) {
				out = append(out, Offer{t.Script, s.Commands, s.About})
			}
		}
	}
	return out
}
