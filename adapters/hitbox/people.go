package hitbox

import (
	"maps"
	"slices"
	"strings"
	"time"

	"botd/engine"
)

// member is somebody in the channel.
type member struct {
	user engine.User
	role role
}

// markings are what the network says of users besides their rank.
var markings = []struct {
	name string
	role engine.Role
	on   func(f marks, r role) bool
}{
	{"isFollower", engine.Regular, func(f marks, _ role) bool { return bool(f.IsFollower) }},
	{"isSubscriber", engine.Subscriber, func(f marks, _ role) bool { return bool(f.IsSubscriber) }},
	{"isOwner", engine.Owner, func(_ marks, r role) bool { return r == owner }},
	{"isStaff", engine.Admin, func(f marks, _ role) bool { return bool(f.IsStaff) }},
	{"isCommunity", engine.Admin, func(f marks, _ role) bool { return bool(f.IsCommunity) }},
}

// labels are all words that users have for a rank or a mark.
func labels() []string {
	var out []string
	for r := guest; r <= admin; r++ {
		out = append(out, r.level())
	}
	for _, mark := range markings {
		out = append(out, mark.name)
	}
	return out
}

// newMember describes a user by rank and marks. owner is the broadcaster.
func newMember(name string, r role, f marks, isOwner bool) *member {
	if r == admin && isOwner {
		r = owner
	}
	m := &member{role: r, user: engine.User{Name: name, Role: r.engine(), Roles: []string{min(r, admin).level()}}}
	for _, mark := range markings {
		if mark.on(f, r) {
			m.user.Roles = append(m.user.Roles, mark.name)
			m.user.Role = max(m.user.Role, mark.role)
		}
	}
	if r > guest {
		m.user.ID, m.user.Account = engine.UserID(fold(name)), fold(name)
	}
	return m
}

func (m *member) same(o *member) bool {
	return m.role == o.role && slices.Equal(m.user.Roles, o.user.Roles)
}

// person describes somebody by name alone: as they were seen last.
func (l *link) person(name string) engine.User {
	if m := l.roster[fold(name)]; m != nil {
		return m.user
	}
	return engine.User{ID: engine.UserID(fold(name)), Name: name, Account: fold(name)}
}

// listed makes the roster of a list of users.
func (l *link) listed(p *userListParams) map[string]*member {
	has := func(list []text, name text) flag {
		return flag(slices.ContainsFunc(list, func(n text) bool { return strings.EqualFold(string(n), string(name)) }))
	}
	marked := len(p.Data.IsFollower)+len(p.Data.IsSubscriber)+len(p.Data.IsStaff)+len(p.Data.IsCommunity) > 0
	roster := map[string]*member{}
	for r, names := range map[role][]text{admin: p.Data.Admin, moderator: p.Data.User, anon: p.Data.Anon} {
		for _, name := range names {
			var f marks
			if marked {
				f = marks{IsFollower: has(p.Data.IsFollower, name), IsSubscriber: has(p.Data.IsSubscriber, name),
					IsStaff: has(p.Data.IsStaff, name), IsCommunity: has(p.Data.IsCommunity, name)}
			}
			if name != "" {
				roster[fold(string(name))] = newMember(string(name), r, f, fold(string(name)) == l.s.channel)
			}
		}
	}
	return roster
}

// users lists a roster by name.
func users(roster map[string]*member) []engine.User {
	out := make([]engine.User, 0, len(roster))
	for _, account := range slices.Sorted(maps.Keys(roster)) {
		out = append(out, roster[account].user)
	}
	return out
}

// onUserList takes the list over, and tells who came and went since the last one.
func (l *link) onUserList(p *userListParams) {
	old, fresh := l.roster, l.listed(p)
	if m := fresh[fold(l.me.Name)]; m != nil {
		l.setRole(m.role, "")
	} else {
		fresh[fold(l.me.Name)] = newMember(l.me.Name, l.role, marks{}, fold(l.me.Name) == l.s.channel)
	}
	l.mu.Lock()
	l.roster = fresh
	if m := fresh[fold(l.me.Name)]; l.role > guest {
		l.me = m.user
	}
	l.mu.Unlock()
	roster := l.event(time.Time{}, engine.User{}, engine.Roster{Users: users(fresh)})
	roster.Extra = map[string]any{"Guests": p.Data.Guests.Value}
	switch {
	case !l.joined:
	case !l.online:
		l.goOnline([]engine.Event{roster})
	case old == nil:
		l.emit(roster)
	default:
		l.compare(old, fresh, roster)
	}
}

// compare emits what differs between two lists.
func (l *link) compare(old, fresh map[string]*member, roster engine.Event) {
	changed := false
	for _, account := range slices.Sorted(maps.Keys(fresh)) {
		if was := old[account]; was == nil {
			l.emit(l.derived(fresh[account].user, engine.Joined{}))
		} else if !was.same(fresh[account]) {
			changed = true
		}
	}
	for _, account := range slices.Sorted(maps.Keys(old)) {
		if fresh[account] == nil {
			l.emit(l.derived(old[account].user, engine.Left{}))
		}
	}
	if changed {
		l.emit(roster)
	}
}

// derived is an event the service does not send.
func (l *link) derived(who engine.User, body engine.Body) engine.Event {
	ev := l.event(time.Time{}, who, body)
	ev.Extra = map[string]any{"synthetic": true}
	return ev
}

// present notes somebody who speaks and was not listed yet.
func (l *link) present(m *member) {
	if l.roster == nil || m.role == guest {
		return
	}
	account := fold(m.user.Name)
	_, known := l.roster[account]
	l.mu.Lock()
	l.roster[account] = m
	l.mu.Unlock()
	if !known {
		l.emit(l.derived(m.user, engine.Joined{}))
	}
}

// info is the user of an answer, and what else it tells.
func (p *userInfoParams) member(channel string) *member {
	return newMember(string(p.Name), max(roleNames[string(p.Role)], anon), p.marks, fold(string(p.Name)) == channel)
}

// onBanList tells who is no longer banned, and of bans nobody told.
func (l *link) onBanList(p *banListParams) {
	old := l.banned
	l.banned = map[string]string{}
	for _, name := range p.Data {
		l.banned[fold(string(name))] = string(name)
	}
	if old == nil {
		return
	}
	for _, account := range slices.Sorted(maps.Keys(l.banned)) {
		if _, known := old[account]; !known {
			l.emit(l.event(time.Time{}, engine.User{}, engine.Banned{Target: l.person(l.banned[account])}))
		}
	}
	for _, account := range slices.Sorted(maps.Keys(old)) {
		if _, still := l.banned[account]; !still {
			l.emit(l.event(time.Time{}, engine.User{}, engine.Unbanned{Target: l.person(old[account])}))
		}
	}
}
