package simplex

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"botd/engine"
)

// book is what is known of the profile, its chats and the people in them. The session's
// mu guards it.
type book struct {
	me       *user
	contacts map[int64]*contact
	groups   map[int64]*group
	joined   map[int64]bool // groups that scripts had the bot join
	files    map[int64]*offer
	offers   []int64 // of files, the oldest first
	texts    map[int64]said
	order    []int64 // of texts, the oldest first
	seen     seen
	support  map[string]chatRef // conversations with moderators, of which something was heard
}

type group struct {
	info    *groupInfo
	members map[int64]*member
}

// offer is a file somebody sent.
type offer struct {
	room   engine.Room
	name   string
	size   int64
	own    bool
	status string
}

// said is what is remembered of a message.
type said struct {
	text string
	live bool // still being written
}

// maxTexts bounds the messages whose texts are remembered, to tell an edit from a change
// of something else.
const maxTexts = 2000

// maxFiles bounds the files that are remembered: the oldest has gone from the servers long
// before.
const maxFiles = 1000

// keepFile takes note of a file.
func (b *book) keepFile(id int64, o *offer) {
	if b.files[id] == nil {
		b.offers = append(b.offers, id)
	}
	b.files[id] = o
	if len(b.offers) > maxFiles {
		delete(b.files, b.offers[0])
		b.offers = b.offers[1:]
	}
}

func newBook() *book {
	return &book{contacts: map[int64]*contact{}, groups: map[int64]*group{}, joined: map[int64]bool{}, files: map[int64]*offer{},
		texts: map[int64]said{}, support: map[string]chatRef{}}
}

// supportChats are the conversations with moderators that are known.
func (b *book) supportChats() (list []chatRef) {
	for _, key := range slices.Sorted(maps.Keys(b.support)) {
		if ref := b.support[key]; b.groups[ref.id] != nil {
			list = append(list, ref)
		}
	}
	return list
}

// remember keeps a text, and reports what was known before.
func (b *book) remember(id int64, now said) (before said, known bool) {
	before, known = b.texts[id]
	b.texts[id] = now
	if known {
		return before, true
	}
	b.order = append(b.order, id)
	if len(b.order) > maxTexts {
		delete(b.texts, b.order[0])
		b.order = b.order[1:]
	}
	return before, false
}

func (b *book) learnGroup(g *groupInfo) *group {
	known := b.groups[g.ID]
	if known == nil {
		known = &group{members: map[int64]*member{}}
		b.groups[g.ID] = known
	}
	known.info = g
	return known
}

// chatRef is a chat as it is written in commands.
type chatRef struct {
	kind  byte // @ or #
	id    int64
	scope string // "(_support:12)"
}

func (r chatRef) String() string { return string(r.kind) + strconv.FormatInt(r.id, 10) + r.scope }

var refForm = regexp.MustCompile(`^([@#]?)(.*?)(\(_support(?::[0-9]{1,18})?\))?$`)

// resolve finds a chat by number or name.
func (b *book) resolve(room engine.RoomID) (chatRef, error) {
	m := refForm.FindStringSubmatch(string(room))
	if m == nil || m[2] == "" {
		return chatRef{}, engine.Errorf(engine.NotFound, "no chat %q", room)
	}
	n, _ := strconv.ParseInt(m[2], 10, 64)
	if m[1] != "@" {
		for id, g := range b.groups {
			if id == n || g.info.Name == m[2] {
				return chatRef{'#', id, m[3]}, nil
			}
		}
	}
	if m[1] != "#" {
		for id, c := range b.contacts {
			if id == n || c.Name == m[2] {
				return chatRef{'@', id, ""}, nil
			}
		}
	}
	return chatRef{}, engine.Errorf(engine.NotFound, "no chat %q: there is no such contact or group", room)
}

// contactRoom and groupRoom are chats as events name them.
func contactRoom(c *contact) engine.Room {
	return engine.Room{ID: engine.RoomID(chatRef{'@', c.ID, ""}.String()), Name: "@" + c.Name}
}

func groupRoom(g *groupInfo) engine.Room {
	return engine.Room{ID: engine.RoomID(chatRef{'#', g.ID, ""}.String()), Name: "#" + g.Name, Topic: g.topic()}
}

// room is the chat of an item; a support conversation is a room of its own.
func (i *chatInfo) room() (engine.Room, bool) {
	switch {
	case i.Contact != nil:
		return contactRoom(i.Contact), true
	case i.Group == nil:
		return engine.Room{}, false
	}
	r := groupRoom(i.Group)
	if ref, _ := i.ref(); ref.scope != "" {
		r.ID = engine.RoomID(ref.String())
		r.Name += ref.scope
	}
	return r, true
}

// ref is the chat as it is written in commands.
func (i *chatInfo) ref() (chatRef, bool) {
	switch {
	case i.Contact != nil:
		return chatRef{'@', i.Contact.ID, ""}, true
	case i.Group == nil:
		return chatRef{}, false
	case i.Scope == nil:
		return chatRef{'#', i.Group.ID, ""}, true
	case i.Scope.Member == nil:
		return chatRef{'#', i.Group.ID, "(_support)"}, true
	}
	return chatRef{'#', i.Group.ID, "(_support:" + strconv.FormatInt(i.Scope.Member.ID, 10) + ")"}, true
}

// userOf is a contact as events show it; the ID is the contact's number.
func (c *contact) user() engine.User {
	id := engine.UserID("c" + strconv.FormatInt(c.ID, 10))
	return engine.User{ID: id, Name: c.Name, Display: c.Profile.DisplayName, Role: engine.Member, Account: string(id), IsBot: c.Profile.PeerType == "bot"}
}

// user is a member of one group. Whether it is a contact as well may show later, and then
// the ID stays what it was.
func (m *member) user() engine.User {
	id := engine.UserID("m" + strconv.FormatInt(m.ID, 10))
	return engine.User{ID: id, Name: m.Name, Display: m.Profile.DisplayName, Role: roles[m.Role], Roles: []string{m.Role},
		Account: string(id), IsBot: m.Profile.PeerType == "bot", Joined: m.CreatedAt.UTC()}
}

// self is the bot, with its role in a group.
func (b *book) self(g *groupInfo) engine.User {
	if b.me == nil {
		return engine.User{}
	}
	display, _ := b.me.Profile["displayName"].(string)
	id := engine.UserID("u" + strconv.FormatInt(b.me.ID, 10))
	u := engine.User{ID: id, Name: b.me.Name, Display: display, Role: engine.Member, Account: string(id), IsBot: true}
	if g != nil {
		u.Role, u.Roles = roles[g.Membership.Role], []string{g.Membership.Role}
	}
	return u
}

// present are the members who are in the group now.
func (m *member) present() bool {
	switch m.Status {
	case "rejected", "removed", "left", "deleted", "unknown", "invited", "pending_approval", "pending_review":
		return false
	}
	return true
}

func (g *group) users() []engine.User {
	var out []engine.User
	for _, m := range g.members {
		if m.present() {
			out = append(out, m.user())
		}
	}
	return out
}

// find looks a member up by the reference of an action.
func (g *group) find(ref engine.UserRef) (*member, bool) {
	for _, m := range g.members {
		asContact := engine.UserID("c" + strconv.FormatInt(m.ContactID, 10))
		if ref.ID == "" && m.Name == ref.Name || ref.ID != "" && (m.user().ID == ref.ID || m.ContactID != 0 && asContact == ref.ID) {
			return m, true
		}
	}
	return nil, false
}

// findContact looks a contact up by the reference of an action.
func (b *book) findContact(ref engine.UserRef) (*contact, bool) {
	if n, ok := strings.CutPrefix(string(ref.ID), "c"); ok {
		id, _ := strconv.ParseInt(n, 10, 64)
		c, ok := b.contacts[id]
		return c, ok
	}
	for _, c := range b.contacts {
		if ref.ID == "" && c.Name == ref.Name {
			return c, true
		}
	}
	for _, g := range b.groups { // a member may be one, too
		if m, ok := g.find(ref); ok && m.ContactID != 0 {
			c, ok := b.contacts[m.ContactID]
			return c, ok
		}
	}
	return nil, false
}
