package moderate

import (
	"slices"
	"strings"
	"time"

	"botd/engine"
)

// Forgotten is what stands in a case in the place of who was in it, and of what they said.
const Forgotten = "(forgotten)"

// Forgetting says what is to be forgotten: of whom, where and when.
type Forgetting struct {
	User         string            // as [IsUser]; "" is everybody
	Rooms        []engine.RoomGlob // that one of these matches; none is all
	Since, Until time.Time         // Until leaves its moment out
	// Whos are further people, as [Who] writes them, and Places rooms by their IDs, which a
	// case has instead of names: what others know of User and Rooms.
	Whos   map[string]bool
	Places map[engine.RoomPath]bool
}

// Everywhere reports whether all is to be forgotten that there is of somebody.
func (f *Forgetting) Everywhere() bool {
	return f.User != "" && len(f.Rooms) == 0 && f.Since.IsZero() && f.Until.IsZero()
}

// within reports whether it reaches a case, whoever is in it.
func (f *Forgetting) within(c *Case) bool {
	if !f.Since.IsZero() && c.At.Before(f.Since) || !f.Until.IsZero() && !c.At.Before(f.Until) {
		return false
	}
	in := func(g engine.RoomGlob) bool { return g.Match(c.Session, engine.Room{ID: c.Room}) }
	return len(f.Rooms) == 0 || f.Places[engine.Path(c.Session, c.Room)] || slices.ContainsFunc(f.Rooms, in)
}

// about reports whether it is about somebody.
func (f *Forgetting) about(s engine.SessionID, u *engine.User) bool {
	return f.User == "" || IsUser(u, f.User) || f.Whos[Who(s, *u)]
}

// AboutWho reports the same of what [Who] has written.
func (f *Forgetting) AboutWho(who string) bool {
	if f.Whos[who] {
		return true
	}
	if identity, ok := strings.CutPrefix(who, "p:"); ok {
		return identity == f.User
	}
	_, of, _ := strings.Cut(who, "/")
	if name, ok := strings.CutPrefix(of, "n:"); ok {
		return strings.EqualFold(name, f.User)
	}
	_, id, ok := strings.Cut(of, ":")
	return ok && id == f.User
}

// IsUser reports whether somebody is meant by an ID, account, trip, identity, or name in any
// case.
func IsUser(u *engine.User, who string) bool {
	return string(u.ID) == who || u.Account == who || u.Trip == who || u.Identity == who || strings.EqualFold(u.Name, who)
}

// Forget takes people out of a case, and what tells of them: whom it is about with the
// line, and what a person wrote about it; and the names of moderators. What was done by which rule
// and when stays. It reports whether there was anything.
func (c *Case) Forget(f *Forgetting, now time.Time) (changed bool) {
	if !f.within(c) {
		return false
	}
	if c.Forgotten.IsZero() && f.about(c.Session, &c.User) {
		c.forgetUser(now)
		changed = true
	}
	for _, name := range []*string{&c.Person, &c.Undoer} {
		if *name != "" && *name != Forgotten && (f.User == "" || strings.EqualFold(*name, f.User)) {
			*name, changed = Forgotten, true
		}
	}
	return changed
}

func (c *Case) forgetUser(now time.Time) {
	// What the network answered may name them.
	for _, known := range []string{string(c.User.ID), c.User.Name, c.User.Account, c.User.Trip, c.User.Identity} {
		if known != "" && strings.Contains(strings.ToLower(c.Note), strings.ToLower(known)) {
			c.Note = ""
		}
	}
	c.Forgotten, c.User, c.Message, c.Deleted, c.Detail = now, engine.User{Name: Forgotten}, "", nil, ""
	if c.Text != "" {
		c.Text = Forgotten
	}
	if c.Why != "" && c.Kind == "" { // a person's words, not those of a rule
		c.Why = Forgotten
	}
}
