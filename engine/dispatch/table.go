// Package dispatch decides which handlers of a script want an event. It holds
// tables and matches them; it runs nothing.
package dispatch

import (
	"maps"
	"slices"

	"botd/engine"
)

// Sub is something a script waits for: the events of a kind, or with Commands those
// messages that begin with one of these words.
type Sub struct {
	ID       uint64 // given by [Builder.Add], growing
	Kind     engine.Kind
	Commands []string // names in any case; Kind is "message" then
	Filter   Filter
	Handler  any // whatever the owner calls; nothing here looks at it
}

// entry is a Sub made ready. It is not changed once it is in a table.
type entry struct {
	Sub
	filter filter
}

// Table is what one load of a script waits for. It never changes and may be read
// from any goroutine without a lock. [Builder] makes it.
type Table struct {
	rooms    []engine.RoomGlob // those the script may see; empty for all
	mask     uint64            // the kinds in byKind
	byKind   map[engine.Kind][]*entry
	commands map[string]*entry
}

// mostLooks is how many subscriptions [Table.Wants] looks at.
const mostLooks = 100

// Wants reports whether some handler may want the event: all is checked but patterns
// of texts, which [Table.Match] tries. Whoever delivers the event to all scripts asks, so
// of one that has very many subscriptions to the kind not all are looked at, and it is to
// find out itself. It does not allocate.
func (t *Table) Wants(p *Prepared) bool {
	if p.Command != "" {
		if e := t.commands[p.Command]; e != nil && e.filter.accepts(p) && t.sees(p.Event) {
			return true
		}
	}
	if t.mask&p.bit == 0 || !t.sees(p.Event) {
		return false
	}
	for i, e := range t.byKind[p.Kind] {
		if i == mostLooks || e.filter.accepts(p) {
			return true
		}
	}
	return false
}

// Match calls fn for each handler that wants the event, a command's first and then
// in the order in which they were added, until fn returns false. Captures are those
// of the filter's Text. The table does not change meanwhile: an owner whose handlers
// can remove others asks [Builder.Has] in fn.
func (t *Table) Match(p *Prepared, fn func(sub *Sub, captures []string) bool) {
	wanted := t.mask&p.bit != 0
	if p.Command == "" && !wanted || !t.sees(p.Event) {
		return
	}
	if p.Command != "" {
		if e := t.commands[p.Command]; e != nil && !e.offer(p, fn) {
			return
		}
	}
	if !wanted {
		return
	}
	for _, e := range t.byKind[p.Kind] {
		if !e.offer(p, fn) {
			return
		}
	}
}

// offer is false if fn wants no more.
func (e *entry) offer(p *Prepared, fn func(*Sub, []string) bool) bool {
	if !e.filter.accepts(p) {
		return true
	}
	var captures []string
	if pattern := e.filter.Text; pattern != nil {
		var ok bool
		if captures, ok = pattern.Match(p.Text); !ok {
			return true
		}
	}
	return fn(&e.Sub, captures)
}

// sees reports whether the script's rooms let the event through. What happens to a
// session as a whole concerns those who see one of its rooms; what concerns no
// session is for all.
func (t *Table) sees(ev *engine.Event) bool {
	if len(t.rooms) == 0 || ev.Session == "" {
		return true
	}
	if ev.Room.ID != "" {
		return inRooms(t.rooms, ev)
	}
	return slices.ContainsFunc(t.rooms, func(g engine.RoomGlob) bool { return g.MatchSession(ev.Session) })
}

// Each calls fn with everything in the table.
func (t *Table) Each(fn func(*Sub)) {
	for _, entries := range t.byKind {
		for _, e := range entries {
			fn(&e.Sub)
		}
	}
	for name, e := range t.commands {
		if name == e.Commands[0] {
			fn(&e.Sub)
		}
	}
}

// Commands lists the names of all commands in order, for help and suggestions.
func (t *Table) Commands() []string { return slices.Sorted(maps.Keys(t.commands)) }
