package dispatch

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"botd/engine"
)

// Builder collects what a script waits for. It is used by one goroutine at a time;
// the tables it makes are free of it. Adding is cheap, and a table is made anew only
// after a change, so that thousands of changes between two events cost one.
type Builder struct {
	rooms    []engine.RoomGlob
	entries  []*entry // by ID
	commands map[string]*entry
	last     uint64
	screens  uint64 // filters added so far
	filters  int    // filters there are
	table    *Table // nil after a change
}

// NewBuilder starts a builder for a script that may see these rooms; none for all.
func NewBuilder(rooms []engine.RoomGlob) *Builder {
	return &Builder{rooms: slices.Clone(rooms), commands: make(map[string]*entry)}
}

// Add takes in a subscription and returns its ID. It fails with Invalid if a part of
// it makes no sense, and with Conflict if the script has a command of that name.
func (b *Builder) Add(s Sub) (uint64, error) {
	if len(s.Commands) > 0 || s.Screen != nil {
		s.Kind = engine.Message{}.Kind()
	}
	if err := CheckKind(s.Kind); err != nil {
		return 0, err
	}
	if s.Filter.Text != nil && !hasText[s.Kind] {
		return 0, engine.Errorf(engine.Invalid, "events of kind %q have no text to match", s.Kind)
	}
	filter, err := compile(s.Filter)
	if err != nil {
		return 0, err
	}
	if s.Commands, err = b.names(s.Commands); err != nil {
		return 0, err
	}
	if s.Screen != nil && b.filters >= MaxScreens {
		return 0, engine.Errorf(engine.Quota, "the script has %d filters already; end those it no longer needs with sub:off()", MaxScreens)
	}
	if s.About.weight() > maxAbout {
		return 0, engine.Errorf(engine.Invalid, "the help and the examples of the command are longer than %d bytes", maxAbout)
	}
	b.last++
	s.ID = b.last
	if s.Screen != nil {
		b.screens++
		b.filters++
		screen := *s.Screen
		screen.Order = cmp.Or(screen.Order, b.screens)
		s.Screen = &screen
	}
	e := &entry{Sub: s, filter: filter}
	b.entries = append(b.entries, e)
	for _, name := range s.Commands {
		b.commands[name] = e
	}
	b.table = nil
	return s.ID, nil
}

// What a subscription may say is looked at for every event, and by whoever delivers it:
// no script may make that slow for the others.
const (
	maxName  = 100  // bytes of a kind, a command or a room pattern
	maxNames = 100  // of one command
	maxUsers = 1000 // of one filter
	maxRooms = 100  // patterns of one filter, and platforms
	// MaxScreens is how many filters a script may have.
	MaxScreens = 100
	maxAbout   = 4000 // bytes of the help, usage and examples of a command
)

// names checks the names of a command and brings them to lower case.
func (b *Builder) names(names []string) ([]string, error) {
	if len(names) > maxNames {
		return nil, engine.Errorf(engine.Invalid, "the command has more than %d names", maxNames)
	}
	out := make([]string, 0, len(names))
	for _, name := range names {
		folded := strings.ToLower(name)
		switch {
		case len(name) > maxName:
			return nil, engine.Errorf(engine.Invalid, "the name of a command is longer than %d bytes", maxName)
		case name == "" || strings.ContainsFunc(name, unicode.IsSpace):
			return nil, engine.Errorf(engine.Invalid, "command name %q: a name is one word", name)
		case b.commands[folded] != nil || slices.Contains(out, folded):
			return nil, engine.Errorf(engine.Conflict, "there is a command %q already", name)
		}
		out = append(out, folded)
	}
	return out, nil
}

// Remove drops a subscription and reports whether it was there.
func (b *Builder) Remove(id uint64) bool {
	i, ok := b.find(id)
	if !ok {
		return false
	}
	for _, name := range b.entries[i].Commands {
		delete(b.commands, name)
	}
	if b.entries[i].Screen != nil {
		b.filters--
	}
	b.entries = slices.Delete(b.entries, i, i+1)
	b.table = nil
	return true
}

// Len is how many subscriptions there are.
func (b *Builder) Len() int { return len(b.entries) }

func (b *Builder) find(id uint64) (int, bool) {
	return slices.BinarySearchFunc(b.entries, id, func(e *entry, id uint64) int { return cmp.Compare(e.ID, id) })
}

// Each calls fn with the handler of every subscription.
func (b *Builder) Each(fn func(handler any)) {
	for _, e := range b.entries {
		fn(e.Handler)
	}
}

// Build returns the table as of now, the same one until something changes.
func (b *Builder) Build() *Table {
	if b.table != nil {
		return b.table
	}
	t := &Table{rooms: b.rooms, byKind: make(map[engine.Kind][]*entry), commands: make(map[string]*entry, len(b.commands))}
	for _, e := range b.entries {
		for _, name := range e.Commands {
			t.commands[name] = e
		}
		switch {
		case e.Screen != nil:
			t.screens = append(t.screens, e)
		case len(e.Commands) == 0:
			t.mask |= bitOfKind(e.Kind)
			t.byKind[e.Kind] = append(t.byKind[e.Kind], e)
		}
	}
	sortScreens(t.screens)
	b.table = t
	return t
}
