package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"botd/engine"
)

// Changes says what differs between two configurations, so that only that is restarted.
// A session or script that is turned off counts as one that is not there. All lists are
// sorted.
type Changes struct {
	SessionsAdded   []engine.SessionID
	SessionsRemoved []engine.SessionID
	SessionsChanged []engine.SessionID // adapter or settings: stop the old, start the new
	SessionsRooms   []engine.SessionID // nothing but the rooms: join and leave will do

	Scripts []string // whose entries were added, removed or changed; each needs a reload
	Limits  bool     // of all scripts that do not set their own; each needs a reload

	Language bool // each script needs a reload

	People   bool
	Commands bool // prefixes, and what the bot says by itself
	Messages bool // what is kept of what passes through rooms
	Log      bool
	Admin    bool

	Restart []string // keys that take effect only when the process starts again: "data_dir"
}

// Diff compares two configurations. A secret that changed counts as a change of what
// uses it.
func Diff(old, new *Config) Changes {
	ch := Changes{
		Scripts:  diffScripts(old, new),
		Limits:   old.Limits != new.Limits,
		Language: old.Language.Default != new.Language.Default || !slices.EqualFunc(old.Language.Rooms, new.Language.Rooms, sameLanguage),
		People:   !reflect.DeepEqual(plainPeople(old.People), plainPeople(new.People)),
		Commands: !sameCommands(old.Commands, new.Commands),
		Messages: !sameMessages(old.Messages, new.Messages),
		Log:      old.Log != new.Log,
		Admin:    old.Admin != new.Admin,
	}
	ch.sessions(old, new)
	for _, f := range []struct{ key, old, new string }{
		{"data_dir", old.DataDir, new.DataDir},
		{"scripts_dir", old.ScriptsDir, new.ScriptsDir},
		{"plugins_dir", old.PluginsDir, new.PluginsDir},
	} {
		if f.old != f.new {
			ch.Restart = append(ch.Restart, f.key)
		}
	}
	return ch
}

func sameCommands(a, b Commands) bool {
	return a.Prefix == b.Prefix && a.Help == b.Help && a.Link == b.Link && a.Suggest == b.Suggest && slices.EqualFunc(a.Rooms, b.Rooms, samePrefix)
}

func sameMessages(a, b Messages) bool {
	same := func(x, y RoomKept) bool { return x.Room == y.Room && x.Enabled == y.Enabled }
	return a.Enabled == b.Enabled && a.Keep == b.Keep && a.Size == b.Size && a.Private == b.Private && slices.EqualFunc(a.Rooms, b.Rooms, same)
}

func sameLanguage(a, b RoomLanguage) bool { return a.Room == b.Room && a.Language == b.Language }

// plainPeople leaves out where things stand.
func plainPeople(p People) People {
	p.Roles, p.Groups = slices.Clone(p.Roles), slices.Clone(p.Groups)
	for i := range p.Roles {
		p.Roles[i].place = place{}
	}
	for i := range p.Groups {
		p.Groups[i].place = place{}
	}
	return p
}

func samePrefix(a, b RoomPrefix) bool { return a.Room == b.Room && a.Prefix == b.Prefix }

func (ch *Changes) sessions(old, new *Config) {
	before, after := running(old), running(new)
	for name, is := range after {
		was, ok := before[name]
		switch {
		case !ok:
			ch.SessionsAdded = append(ch.SessionsAdded, name)
		case was.Adapter != is.Adapter || !reflect.DeepEqual(was.Settings.plain(), is.Settings.plain()):
			ch.SessionsChanged = append(ch.SessionsChanged, name)
		case !slices.Equal(was.Rooms, is.Rooms):
			ch.SessionsRooms = append(ch.SessionsRooms, name)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			ch.SessionsRemoved = append(ch.SessionsRemoved, name)
		}
	}
	for _, list := range [][]engine.SessionID{ch.SessionsAdded, ch.SessionsRemoved, ch.SessionsChanged, ch.SessionsRooms} {
		slices.Sort(list)
	}
}

func running(c *Config) map[engine.SessionID]Session {
	m := make(map[engine.SessionID]Session, len(c.Sessions))
	for _, s := range c.Sessions {
		if s.Enabled {
			m[s.Name] = s
		}
	}
	return m
}

func diffScripts(old, new *Config) []string {
	var names []string
	for _, s := range slices.Concat(old.Scripts, new.Scripts) {
		if !sameScript(old.Script(s.Name), new.Script(s.Name)) {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func sameScript(a, b Script) bool {
	if !a.Enabled && !b.Enabled {
		return true
	}
	if a.On() != b.On() {
		return false
	}
	a.place, b.place = place{}, place{}
	a.absent, b.absent = false, false
	return reflect.DeepEqual(a, b)
}

// Empty reports that nothing differs.
func (ch Changes) Empty() bool { return reflect.ValueOf(ch).IsZero() }

// String names what changed in one line, for the log.
func (ch Changes) String() string {
	var parts []string
	add := func(what string, n int, names any) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%s %v", what, names))
		}
	}
	add("sessions added", len(ch.SessionsAdded), ch.SessionsAdded)
	add("sessions removed", len(ch.SessionsRemoved), ch.SessionsRemoved)
	add("sessions changed", len(ch.SessionsChanged), ch.SessionsChanged)
	add("rooms of sessions", len(ch.SessionsRooms), ch.SessionsRooms)
	add("scripts", len(ch.Scripts), ch.Scripts)
	for _, f := range []struct {
		name    string
		changed bool
	}{{"limits", ch.Limits}, {"language", ch.Language}, {"people", ch.People}, {"commands", ch.Commands}, {"messages", ch.Messages}, {"log", ch.Log}, {"admin", ch.Admin}} {
		if f.changed {
			parts = append(parts, f.name)
		}
	}
	add("after a restart of botd", len(ch.Restart), ch.Restart)
	return strings.Join(parts, ", ")
}
