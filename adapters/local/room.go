package local

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"botd/engine"
)

const maxName = 64 // runes of a user's name

// Room is a room of a [Hub]. It stays when its last user has gone.
type Room struct {
	hub *Hub
	id  engine.RoomID

	// The hub's lock guards the rest.
	topic           string
	members         []*member
	roles           map[engine.UserID]engine.Role // granted to accounts
	mutes           map[engine.UserID]time.Time   // until when; zero is without end
	bans            []ban
	invited         map[engine.UserID]bool
	slow            time.Duration
	subscribersOnly bool
	locked          bool
	lines           lines
	poll            *poll
	raffle          *raffle
}

func newRoom(h *Hub, id engine.RoomID) *Room {
	return &Room{
		hub: h, id: id,
		roles:   map[engine.UserID]engine.Role{},
		mutes:   map[engine.UserID]time.Time{},
		invited: map[engine.UserID]bool{},
	}
}

// ID is the room's name.
func (r *Room) ID() engine.RoomID { return r.id }

// Users lists who is in the room, in the order they came.
func (r *Room) Users() []engine.User {
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	return r.users()
}

func (r *Room) users() []engine.User {
	us := make([]engine.User, len(r.members))
	for i, m := range r.members {
		us[i] = m.user
	}
	return us
}

// member is a client in a room.
type member struct {
	client *client
	room   *Room
	user   engine.User
	spoke  time.Time // when last
}

// find looks a user up, by ID if the reference has one that is here, else by name.
func (r *Room) find(ref engine.UserRef) *member {
	if ref.ID != "" {
		for _, m := range r.members {
			if m.user.ID == ref.ID {
				return m
			}
		}
	}
	if ref.Name == "" {
		return nil
	}
	return r.named(ref.Name)
}

func (r *Room) named(name string) *member {
	for _, m := range r.members {
		if strings.EqualFold(m.user.Name, name) {
			return m
		}
	}
	return nil
}

// event makes one of this room; by is nil if the server did it.
func (r *Room) event(by *member, at time.Time, body engine.Body) engine.Event {
	ev := engine.Event{At: at, Room: engine.Room{ID: r.id, Topic: r.topic}, Body: body}
	if by != nil {
		ev.User = by.user
	}
	return ev
}

// tell sends one member an event.
func (r *Room) tell(to, by *member, at time.Time, body engine.Body) {
	ev := r.event(by, at, body)
	ev.Self = by != nil && by.client == to.client
	r.hub.send(to.client, ev)
}

// tellAll sends everybody in the room an event.
func (r *Room) tellAll(by *member, at time.Time, body engine.Body) {
	ev := r.event(by, at, body)
	for _, m := range r.members {
		ev.Self = m == by
		r.hub.send(m.client, ev)
	}
}

// admit says whether c may come in.
func (r *Room) admit(c *client, at time.Time) error {
	if err := r.nameFree(c.user.Name, nil); err != nil {
		return err
	}
	if r.banned(c, at) {
		return engine.Errorf(engine.Denied, "%s is banned from room %s", c.user.Name, r.id)
	}
	if r.locked && r.role(c.user) < engine.Moderator && !r.invited[userID(c.user)] {
		return engine.Errorf(engine.Denied, "room %s is locked", r.id)
	}
	return nil
}

// checkName refuses names that nobody can type.
func checkName(name string) error {
	if name == "" || utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) ||
		strings.ContainsFunc(name, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }) {
		return engine.Errorf(engine.Invalid, "%q is no name: 1 to %d characters without spaces", name, maxName)
	}
	return nil
}

// nameFree also refuses names that others than m have; m may be nil.
func (r *Room) nameFree(name string, m *member) error {
	if err := checkName(name); err != nil {
		return err
	}
	if other := r.named(name); other != nil && other != m {
		return engine.Errorf(engine.Conflict, "the name %s is taken in room %s", name, r.id)
	}
	return nil
}

// enter brings c in. The newcomer hears the roster and then that it is in; the others
// hear it come.
func (r *Room) enter(c *client, at time.Time) error {
	if c.member(r.id) != nil {
		return engine.Errorf(engine.Conflict, "%s is in room %s already", c.user.Name, r.id)
	}
	if err := r.admit(c, at); err != nil {
		return err
	}
	m := &member{client: c, room: r, user: c.user}
	m.user.ID = r.freeID(userID(c.user))
	m.user.Joined = at
	m.user.Role = r.role(c.user)
	r.tellAll(m, at, engine.Joined{})
	r.members = append(r.members, m)
	c.in = append(c.in, m)
	r.tell(m, nil, at, engine.Roster{Users: r.users()})
	r.tell(m, nil, at, engine.Connected{Me: m.user})
	return nil
}

// userID is the most stable thing known about a user.
func userID(u engine.User) engine.UserID {
	switch {
	case u.ID != "":
		return u.ID
	case u.Account != "":
		return engine.UserID(u.Account)
	default:
		return engine.UserID(strings.ToLower(u.Name))
	}
}

// role is what a user is in this room: what it granted to the account, or else what
// they bring along.
func (r *Room) role(u engine.User) engine.Role {
	if role, ok := r.roles[userID(u)]; ok && u.Account != "" {
		return role
	}
	return u.Role
}

// freeID is id, or something like it while somebody here has it: a user who renamed
// themselves leaves the name, but not the ID, to the next one.
func (r *Room) freeID(id engine.UserID) engine.UserID {
	for r.find(engine.UserRef{ID: id}) != nil {
		id += "'"
	}
	return id
}

// remove takes m out without a word.
func (r *Room) remove(m *member) {
	r.members = drop(r.members, m)
	m.client.in = drop(m.client.in, m)
	m.client.last = m.user
}

func drop(ms []*member, m *member) []*member {
	return slices.DeleteFunc(ms, func(x *member) bool { return x == m })
}

// leave takes m out and tells those who stay, and m, that it went by itself.
func (r *Room) leave(m *member, reason string, at time.Time) {
	r.tellAll(m, at, engine.Left{Reason: reason})
	r.remove(m)
}

// throw takes m out because somebody wanted it, and cuts a session that has no room
// left. All hear why, m too.
func (r *Room) throw(m, by *member, k engine.Kicked, at time.Time) {
	r.tellAll(by, at, k)
	r.remove(m)
	if len(m.client.in) == 0 && m.client.cut != nil && k.To == "" {
		m.client.cut(engine.Errorf(engine.NotConnected, "kicked from room %s by %s", r.id, by.user.Name))
	}
}
