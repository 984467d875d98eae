package dispatch

import (
	"slices"
	"strings"

	"botd/engine"
	"botd/engine/nearest"
)

// Matcher finds a pattern in a text. It is called under the budget of the script it
// belongs to, never from [Table.Wants].
type Matcher interface {
	Match(text string) (captures []string, ok bool)
}

// Filter narrows down which events of a kind are wanted. The zero value wants all
// but what the bot itself did and what happened before it came.
type Filter struct {
	Rooms     []string // patterns of [engine.RoomGlob]; any
	Users     []string // IDs, accounts or exact names; any
	Roles     []string // any of them or above; what is no rung of the ladder is a group
	Platforms []string // any
	Text      Matcher  // must match the text; only for kinds that have one
	Private   *bool    // only private messages, or none
	// NotFromBots leaves out what other bots did.
	NotFromBots bool
	Self        bool // also what the bot itself did
	History     bool // also what happened before the bot came
}

// filter is a Filter made ready.
type filter struct {
	Filter
	rooms []engine.RoomGlob
	users map[string]struct{}
	least engine.Role // above all if none is given
	roles []string    // the groups among them
}

// Weight estimates the bytes the filter keeps from being freed.
func (f *Filter) Weight() int {
	n := 0
	for _, list := range [][]string{f.Rooms, f.Users, f.Roles, f.Platforms} {
		for _, s := range list {
			n += 64 + len(s)
		}
	}
	if w, ok := f.Text.(interface{ Weight() int }); ok {
		n += w.Weight()
	}
	return n
}

// check refuses what would be slow to look at for every event.
func (f *Filter) check() error {
	for _, l := range []struct {
		what string
		list []string
		most int
	}{{"users", f.Users, maxUsers}, {"rooms", f.Rooms, maxRooms}, {"platforms", f.Platforms, maxRooms}, {"roles", f.Roles, maxRooms}} {
		if len(l.list) > l.most {
			return engine.Errorf(engine.Invalid, "the filter has more than %d %s", l.most, l.what)
		}
		for _, s := range l.list {
			if len(s) > maxName {
				return engine.Errorf(engine.Invalid, "the filter's %s: a name is longer than %d bytes", l.what, maxName)
			}
		}
	}
	return nil
}

func compile(f Filter) (filter, error) {
	if err := f.check(); err != nil {
		return filter{}, err
	}
	out := filter{Filter: f}
	if len(f.Users) > 0 {
		out.users = make(map[string]struct{}, len(f.Users))
		for _, u := range f.Users {
			if u != "" {
				out.users[u] = struct{}{}
			}
		}
	}
	for _, s := range f.Rooms {
		glob, err := engine.ParseRoomGlob(s)
		if err != nil {
			return filter{}, err
		}
		out.rooms = append(out.rooms, glob)
	}
	if len(f.Roles) > 0 {
		out.least = engine.Owner + 1
	}
	for _, s := range f.Roles {
		role, err := engine.ParseRole(s)
		switch {
		case err == nil:
			out.least = min(out.least, role)
		case checkGroup(s) != nil:
			return filter{}, checkGroup(s)
		default:
			out.roles = append(out.roles, s)
		}
	}
	return out, nil
}

// checkGroup refuses what is meant as a rung of the ladder, or cannot be the name of a
// group.
func checkGroup(s string) error {
	names := engine.RoleNames()
	if hint := nearest.Hint(s, names); hint != "" {
		return engine.Errorf(engine.Invalid, "no role %q%s", s, hint)
	}
	if s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return engine.Errorf(engine.Invalid, "no role %q; roles are %s, or a group of the configuration", s, strings.Join(names, ", "))
	}
	return nil
}

// accepts checks everything but Text.
func (f *filter) accepts(p *Prepared) bool { return f.refuse(p) == accepted }

// refusal is the part of a filter that leaves an event out.
type refusal uint8

const (
	accepted refusal = iota
	byBot
	tooOld
	otherBot
	privacy
	role
	platform
	user
	room
)

// refuse tells which part leaves the event out. The cheap and the often decisive come
// first.
func (f *filter) refuse(p *Prepared) refusal {
	ev := p.Event
	switch {
	case ev.Self && !f.Self && p.bit&aboutBot == 0:
		return byBot
	case ev.History && !f.History:
		return tooOld
	case f.NotFromBots && ev.User.IsBot:
		return otherBot
	case f.Private != nil && *f.Private != p.private:
		return privacy
	case ev.User.Role < f.least && !f.member(&ev.User):
		return role
	case len(f.Platforms) > 0 && !slices.Contains(f.Platforms, ev.Platform):
		return platform
	case len(f.Users) > 0 && !f.user(&ev.User):
		return user
	case len(f.rooms) > 0 && !inRooms(f.rooms, ev):
		return room
	}
	return accepted
}

// place reports whether a filter lets the place of an event through, whoever it is from.
func (f *filter) place(ev *engine.Event) bool {
	return (len(f.Platforms) == 0 || slices.Contains(f.Platforms, ev.Platform)) && (len(f.rooms) == 0 || inRooms(f.rooms, ev))
}

func (f *filter) member(u *engine.User) bool {
	return slices.ContainsFunc(f.roles, func(g string) bool { return slices.Contains(u.Groups, g) })
}

func (f *filter) user(u *engine.User) bool {
	for _, name := range [...]string{string(u.ID), u.Account, u.Name} {
		if _, ok := f.users[name]; ok {
			return true
		}
	}
	return false
}

func inRooms(globs []engine.RoomGlob, ev *engine.Event) bool {
	for _, g := range globs {
		if ev.Room.ID != "" && g.Match(ev.Session, ev.Room) {
			return true
		}
	}
	return false
}
