package roster

import (
	"cmp"
	"maps"
	"slices"

	"botd/engine"
)

// room is what is known of one room; the Roster's lock guards it.
type room struct {
	engine.Room
	session  engine.SessionID
	platform string
	online   bool
	me       engine.User
	users    map[engine.UserRef]member
	came     uint64 // how many ever came
}

// member is a user and their turn in the order of coming.
type member struct {
	engine.User
	turn uint64
}

// keyOf is the ID where the network knows one, else the name.
func keyOf(u engine.User) engine.UserRef {
	if u.ID != "" {
		return engine.UserRef{ID: u.ID}
	}
	return engine.UserRef{Name: u.Name}
}

func (r *room) info() RoomInfo {
	return RoomInfo{
		Path:     engine.Path(r.session, r.ID),
		Session:  r.session,
		Platform: r.platform,
		Room:     r.Room,
		Online:   r.online,
		Me:       r.me,
		Users:    len(r.users),
	}
}

func (r *room) list() []engine.User {
	members := slices.SortedFunc(maps.Values(r.users), func(a, b member) int { return cmp.Compare(a.turn, b.turn) })
	out := make([]engine.User, len(members))
	for i, m := range members {
		out[i] = m.User
	}
	return out
}

// key finds the entry of a user that an event described, perhaps in part. Only a
// description without an ID needs a look at everybody.
func (r *room) key(u engine.User) (engine.UserRef, bool) {
	if key, ok := r.keyOf(u); ok || u.ID != "" {
		return key, ok
	}
	return r.keyOfName(u.Name)
}

// keyOf is key for a full description: a network names its users always by ID or
// always by name, but may come to know an ID later.
func (r *room) keyOf(u engine.User) (engine.UserRef, bool) {
	for _, key := range [...]engine.UserRef{{ID: u.ID}, {Name: u.Name}} {
		if _, ok := r.users[key]; ok {
			return key, true
		}
	}
	return engine.UserRef{}, false
}

func (r *room) keyOfName(name string) (engine.UserRef, bool) {
	for key, m := range r.users {
		if name != "" && m.Name == name {
			return key, true
		}
	}
	return engine.UserRef{}, false
}

// same reports whether two descriptions are of one user. The name counts only where
// one of them has no ID.
func same(a, b engine.User) bool {
	if a.ID != "" && b.ID != "" {
		return a.ID == b.ID
	}
	return a.Name != "" && a.Name == b.Name
}

// put adds a user or describes a known one anew. It keeps their turn and, if the
// new description lacks it, the time they came.
func (r *room) put(u engine.User) {
	if !described(u) {
		return
	}
	m := member{User: u}
	if key, ok := r.keyOf(u); ok {
		old := r.users[key]
		delete(r.users, key)
		m.turn = old.turn
		if m.Joined.IsZero() {
			m.Joined = old.Joined
		}
	} else {
		if len(r.users) >= MaxUsers {
			return
		}
		r.came++
		m.turn = r.came
	}
	r.users[keyOf(u)] = m
}

// replace takes over a whole list. Who stays keeps the time they came.
func (r *room) replace(users []engine.User) {
	before := r.users
	r.users = make(map[engine.UserRef]member, min(len(users), MaxUsers))
	for _, u := range users {
		if old, ok := before[keyOf(u)]; ok && u.Joined.IsZero() {
			u.Joined = old.Joined
		}
		r.put(u)
	}
}

func (r *room) remove(u engine.User) {
	if key, ok := r.key(u); ok {
		delete(r.users, key)
	}
}

// rename gives a user a new name. On some networks the ID changes with it: then the
// old name tells who it was.
func (r *room) rename(from string, to engine.User) {
	key := engine.UserRef{ID: to.ID}
	old, ok := r.users[key]
	if !ok {
		key, ok = r.keyOfName(from)
		old = r.users[key]
	}
	if !ok {
		return
	}
	delete(r.users, key)
	now := renamed(old.User, to)
	r.users[keyOf(now)] = member{User: now, turn: old.turn}
}

// renamed merges two descriptions of one user. One without an ID changes nothing but
// the name.
func renamed(old, to engine.User) engine.User {
	if to.ID == "" {
		old.Name, old.Display = to.Name, to.Display
		return old
	}
	if to.Joined.IsZero() {
		to.Joined = old.Joined
	}
	return to
}

// setRole changes the rank of a user, and of the bot if it is meant.
func (r *room) setRole(target engine.User, role engine.Role, labels []string) {
	if key, ok := r.key(target); ok {
		m := r.users[key]
		m.Role, m.Roles = role, labels
		r.users[key] = m
	}
	if same(r.me, target) {
		r.me.Role, r.me.Roles = role, labels
	}
}

// goOffline forgets what can change unseen while the bot is away.
func (r *room) goOffline() {
	r.online = false
	clear(r.users)
}
