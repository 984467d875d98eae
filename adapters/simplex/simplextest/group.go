package simplextest

import (
	"slices"
	"strings"
	"time"
)

// ranks are the roles from the least to the highest.
var ranks = []string{"relay", "observer", "author", "member", "moderator", "admin", "owner"}

func rank(role string) int { return slices.Index(ranks, role) }

// A group is one the profile is in, was in, or is invited to.
type group struct {
	user     *user
	id       int64
	name     string // in this database
	profile  m
	me       *member
	host     *contact // who invited the profile, if anybody
	members  []*member
	link     *groupLink
	relays   []m
	business string // the customer's member ID, in a business chat
	custom   m
	since    time.Time
	chat     *chat
}

// A groupLink lets others join.
type groupLink struct {
	id   int64
	link link
	role string
	key  string
}

// A member is somebody in a group; the profile is one, too.
type member struct {
	group         *group
	id, profileID int64
	memberID      string
	name          string
	profile       m
	role          string
	category      string // user, invitee, host, pre, post
	status        string
	blocked       bool
	contact       *contact // if it is a contact as well
	index         int64
	since         time.Time
}

func (s *Server) addGroup(u *user, profile m, role string) *group {
	name, _ := profile["displayName"].(string)
	g := &group{user: u, id: s.id(), name: s.uniqueName(name), profile: profile, since: s.now()}
	g.chat = &chat{user: u, ref: ref{kind: '#', id: g.id}, group: g}
	g.me = &member{
		group: g, id: s.id(), profileID: u.profileID, memberID: s.secret("bWVtYmVy"), name: u.name, profile: u.profile,
		role: role, category: "user", status: "connected", since: g.since,
	}
	s.groups = append(s.groups, g)
	return g
}

func (s *Server) addMember(g *group, profile m, role, category, status string) *member {
	name, _ := profile["displayName"].(string)
	mb := &member{
		group: g, id: s.id(), profileID: s.id(), memberID: s.secret("bWVtYmVy"), name: s.uniqueName(name), profile: profile,
		role: role, category: category, status: status, index: int64(len(g.members) + 1), since: s.now(),
	}
	g.members = append(g.members, mb)
	return mb
}

// member finds one by ID among those who are not the profile itself.
func (g *group) member(id int64) *member {
	i := slices.IndexFunc(g.members, func(mb *member) bool { return mb.id == id })
	if i < 0 {
		return nil
	}
	return g.members[i]
}

// here reports whether a member takes part.
func (mb *member) here() bool {
	return slices.Contains([]string{"connected", "complete", "creator", "announced", "introduced", "accepted"}, mb.status)
}

func (mb *member) json(s *Server) m {
	ts := stamp(mb.since)
	profile := mb.profile
	if mb == mb.group.me {
		profile = mb.group.user.profile
	}
	j := m{
		"groupMemberId": mb.id, "groupId": mb.group.id, "indexInGroup": mb.index, "memberId": mb.memberID, "memberRole": mb.role,
		"memberCategory": mb.category, "memberStatus": mb.status, "memberSettings": m{"showMessages": true}, "blockedByAdmin": mb.blocked,
		"invitedBy": m{"type": "unknown"}, "localDisplayName": mb.name, "memberProfile": localProfile(mb.profileID, profile),
		"memberContactProfileId": mb.profileID, "memberChatVRange": m{"minVersion": 1, "maxVersion": 16}, "createdAt": ts, "updatedAt": ts,
	}
	switch {
	case mb.category == "invitee" || mb.category == "user" && mb.role == "owner":
		j["invitedBy"] = m{"type": "user"}
	case mb.contact != nil && mb.category == "host":
		j["invitedBy"] = m{"type": "contact", "byContactId": mb.contact.id}
	}
	if mb.contact != nil {
		j["memberContactId"] = mb.contact.id
	}
	return j
}

func (g *group) json(s *Server) m {
	ts := stamp(g.since)
	n := 1
	for _, mb := range g.members {
		if mb.here() {
			n++
		}
	}
	j := m{
		"groupId": g.id, "useRelays": len(g.relays) > 0, "localDisplayName": g.name, "groupProfile": g.profile, "localAlias": "",
		"fullGroupPreferences": fullGroupPreferences(g.profile), "membership": g.me.json(s), "chatSettings": m{"enableNtfs": "all", "favorite": false},
		"createdAt": ts, "updatedAt": ts, "chatTs": ts, "chatTags": []any{}, "groupSummary": m{"currentMembers": n}, "membersRequireAttention": 0,
	}
	if g.business != "" {
		j["businessChat"] = m{"chatType": "business", "businessId": g.me.memberID, "customerId": g.business}
	}
	if g.custom != nil {
		j["customData"] = g.custom
	}
	return j
}

// fullGroupPreferences are those of a group and the defaults for the rest.
func fullGroupPreferences(p m) m {
	full := m{"timedMessages": m{"enable": "off"}, "commands": []any{}, "comments": m{"enable": "off"}}
	for _, f := range []string{"directMessages", "reactions", "voice", "files", "simplexLinks", "reports", "support"} {
		full[f] = m{"enable": "on"}
	}
	for _, f := range []string{"fullDelete", "history", "sessions", "signMessages"} {
		full[f] = m{"enable": "off"}
	}
	prefs, _ := p["groupPreferences"].(m)
	for k, v := range prefs {
		full[k] = v
	}
	return full
}

func (t *text) newGroup() action {
	id := t.num()
	t.opt(" incognito=on")
	t.lit(" ")
	p := t.profile()
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		return makeGroup(o, p)
	}
}

func makeGroup(o *op, p m) (m, error) {
	if err := goodGroupName(p); err != nil {
		return nil, err
	}
	g := o.addGroup(o.user, p, "owner")
	g.me.status = "creator"
	return o.answer("groupCreated", m{"groupInfo": g.json(o.Server)})
}

func goodGroupName(p m) error {
	name := p["displayName"].(string)
	if valid := validName(name); valid != name || name == "" {
		return failure("invalidDisplayName", m{"displayName": name, "validName": valid})
	}
	return nil
}

func (t *text) groupProfile() action {
	t.lit("#")
	id := t.num()
	t.lit(" ")
	p := t.profile()
	return func(o *op) (m, error) {
		g, err := o.groupAs(id, "owner")
		if err != nil {
			return nil, err
		}
		if err := goodGroupName(p); err != nil {
			return nil, err
		}
		from := g.json(o.Server)
		o.renameGroup(g, p)
		return o.answer("groupUpdated", m{"fromGroup": from, "toGroup": g.json(o.Server), "msgSigned": false})
	}
}

// renameGroup gives a group another profile, and another name if that asks for one.
func (s *Server) renameGroup(g *group, p m) {
	if p["displayName"] != g.profile["displayName"] {
		delete(s.names, g.name)
		g.name = s.uniqueName(p["displayName"].(string))
	}
	g.profile = p
}

func (t *text) groupsOf() action {
	id := t.num()
	var with int64
	if t.opt(" @") {
		with = t.num()
	}
	search := ""
	if t.opt(" ") {
		search = strings.ToLower(t.line())
	}
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		list := []any{}
		for _, g := range o.groups {
			if g.user == o.user && g.matches(search) && (with == 0 || g.hasContact(with)) {
				list = append(list, g.json(o.Server))
			}
		}
		return o.answer("groupsList", m{"groups": list})
	}
}

func (g *group) matches(search string) bool { return strings.Contains(strings.ToLower(g.name), search) }

func (g *group) hasContact(id int64) bool {
	return slices.ContainsFunc(g.members, func(mb *member) bool { return mb.contact != nil && mb.contact.id == id })
}

// groupID reads "#" and the ID of a group.
func (t *text) groupID() int64 { t.lit("#"); return t.num() }

func (t *text) membersOf() action {
	id := t.groupID()
	return func(o *op) (m, error) {
		g, err := o.group(id)
		if err != nil {
			return nil, err
		}
		return o.answer("groupMembers", m{"group": m{"groupInfo": g.json(o.Server), "members": o.memberList(g.members)}})
	}
}

func (s *Server) memberList(members []*member) []any {
	list := []any{}
	for _, mb := range members {
		list = append(list, mb.json(s))
	}
	return list
}

func (t *text) customGroup() action {
	id := t.num()
	data := t.customData()
	return func(o *op) (m, error) {
		g, err := o.group(id)
		if err != nil {
			return nil, err
		}
		g.custom = data
		return o.cmdOk()
	}
}

func (t *text) join() action {
	id := t.groupID()
	return func(o *op) (m, error) {
		g, err := o.group(id)
		if err != nil {
			return nil, err
		}
		if g.me.status != "invited" {
			return nil, missing("groupAlreadyJoined", nil)
		}
		g.me.status = "accepted"
		o.later(func() { o.joined(g) })
		f := m{"groupInfo": g.json(o.Server)}
		if g.host != nil {
			f["hostContact"] = g.host.json(o.Server)
		}
		return o.answer("userAcceptedGroupSent", f)
	}
}

// joined lets the profile into a group it was invited to; who is there is introduced.
func (s *Server) joined(g *group) {
	g.me.status = "connected"
	if len(g.members) == 0 {
		return
	}
	s.tell(g.user, "userJoinedGroup", m{"groupInfo": g.json(s), "hostMember": g.members[0].json(s)})
	for _, mb := range g.members[1:] {
		if mb.category == "pre" && mb.here() {
			mb.status = "connected"
			s.tell(g.user, "connectedToGroupMember", m{"groupInfo": g.json(s), "member": mb.json(s)})
		}
	}
}

func (t *text) leave() action {
	id := t.groupID()
	return func(o *op) (m, error) {
		g, err := o.group(id)
		if err != nil {
			return nil, err
		}
		if !g.me.here() {
			return nil, failure("groupMemberUserRemoved", nil)
		}
		g.me.status = "left"
		o.talk(g.chat, "", "leaves", "")
		return o.answer("leftMemberUser", m{"groupInfo": g.json(o.Server)})
	}
}

func (l *groupLink) json() m {
	return m{
		"userContactLinkId": l.id, "connLinkContact": l.link.json(), "shortLinkDataSet": true, "shortLinkLargeDataSet": true,
		"groupLinkId": l.key, "acceptMemberRole": l.role,
	}
}

func (t *text) createLink() action {
	id := t.groupID()
	t.lit(" ")
	role := t.role()
	return func(o *op) (m, error) {
		g, err := o.groupAs(id, "admin")
		if err != nil {
			return nil, err
		}
		if rank(role) > rank("member") {
			return nil, failure("groupMemberInitialRole", m{"groupInfo": g.json(o.Server), "initialRole": role})
		}
		if g.link != nil {
			return nil, missing("duplicateGroupLink", m{"groupInfo": g.json(o.Server)})
		}
		g.link = &groupLink{id: o.id(), link: o.newLink("group"), role: role, key: o.secret("bGluaw")}
		return o.answer("groupLinkCreated", m{"groupInfo": g.json(o.Server), "groupLink": g.link.json()})
	}
}

// linkOf runs f with the link of a group.
func (o *op) linkOf(id int64, least string, f func(*group) (m, error)) (m, error) {
	g, err := o.groupAs(id, least)
	if err != nil {
		return nil, err
	}
	if g.link == nil {
		return nil, missing("groupLinkNotFound", m{"groupInfo": g.json(o.Server)})
	}
	return f(g)
}

func (t *text) linkRole() action {
	id := t.groupID()
	t.lit(" ")
	role := t.role()
	return func(o *op) (m, error) {
		return o.linkOf(id, "admin", func(g *group) (m, error) {
			if rank(role) > rank("member") {
				return nil, failure("groupMemberInitialRole", m{"groupInfo": g.json(o.Server), "initialRole": role})
			}
			g.link.role = role
			return o.showLink(g)
		})
	}
}

func (o *op) showLink(g *group) (m, error) {
	return o.answer("groupLink", m{"groupInfo": g.json(o.Server), "groupLink": g.link.json()})
}

func (t *text) getLink() action {
	id := t.groupID()
	return func(o *op) (m, error) { return o.linkOf(id, "observer", o.showLink) }
}

func (t *text) deleteLink() action {
	id := t.groupID()
	return func(o *op) (m, error) {
		return o.linkOf(id, "admin", func(g *group) (m, error) {
			g.link = nil
			return o.answer("groupLinkDeleted", m{"groupInfo": g.json(o.Server)})
		})
	}
}
