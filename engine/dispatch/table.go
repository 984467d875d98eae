// Package dispatch decides which handlers of a script want an event. It holds
// tables and matches them; it runs nothing.
package dispatch

import (
	"cmp"
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
	About    About   // of a command
	Screen   *Screen // makes it a filter of messages; no Commands then
	Where    string  // the place of the handler in the source, "dice.lua:3", if it is known
	Handler  any     // whatever the owner calls; nothing here looks at it
}

// About describes a command to people.
type About struct {
	Usage    string   `json:",omitempty"` // of its arguments: "<who> [for=2m]"
	Help     string   `json:",omitempty"` // a line
	Examples []string `json:",omitempty"`
	Hidden   bool     `json:",omitempty"` // it is in no list
}

func (a *About) weight() int {
	n := len(a.Usage) + len(a.Help)
	for _, e := range a.Examples {
		n += 16 + len(e)
	}
	return n
}

// Printable is the description with each text made fit to be shown.
func (a About) Printable(clean func(string) string) About {
	out := About{clean(a.Usage), clean(a.Help), nil, a.Hidden}
	for _, e := range a.Examples {
		out.Examples = append(out.Examples, clean(e))
	}
	return out
}

// Weight estimates the bytes a subscription keeps from being freed.
func (s *Sub) Weight() int {
	n := 256 + len(s.Kind) + len(s.Where) + s.Filter.Weight() + s.About.weight()
	for _, name := range s.Commands {
		n += 128 + 2*len(name)
	}
	return n
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
	screens  []*entry // in their order
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

// Answers reports whether the event is a command that a handler waits for, from somebody
// who may use it there.
func (t *Table) Answers(p *Prepared) bool {
	e := t.commands[p.Command]
	return p.Command != "" && e != nil && e.filter.accepts(p) && t.sees(p.Event)
}

// Offered lists the commands that the user of an event may use in its room, in the order
// in which they were added.
func (t *Table) Offered(p *Prepared) []*Sub {
	var out []*Sub
	if !t.sees(p.Event) {
		return nil
	}
	for name, e := range t.commands {
		if name == e.Commands[0] && e.filter.accepts(p) {
			out = append(out, &e.Sub)
		}
	}
	slices.SortFunc(out, func(a, b *Sub) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// CommandsIn lists the commands that somebody may use where an event happened, in the order in
// which they were added; all of them if it is nil.
func (t *Table) CommandsIn(ev *engine.Event) []*Sub {
	var out []*Sub
	if ev != nil && !t.sees(ev) {
		return nil
	}
	for name, e := range t.commands {
		if name == e.Commands[0] && (ev == nil || e.filter.place(ev)) {
			out = append(out, &e.Sub)
		}
	}
	slices.SortFunc(out, func(a, b *Sub) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Commands lists the names of all commands in order, for help and suggestions.
func (t *Table) Commands() []string { return slices.Sorted(maps.Keys(t.commands)) }
