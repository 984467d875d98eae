package simplextest

import "slices"

// Group is a group the profile is in, or is invited to.
type Group struct {
	srv *Server
	g   *group
}

// Group makes one in which the profile has a role, as if it had been there before the
// program started. An owner of the name "host" is in it unless the profile is one.
func (s *Server) Group(name, role string) *Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.addGroup(s.active, person(name), role)
	if role != "owner" {
		s.addMember(g, person("host"), "owner", "host", "connected")
	}
	return &Group{s, g}
}

// FindGroup returns the group of an ID, nil if there is none.
func (s *Server) FindGroup(id int64) *Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.groups, func(g *group) bool { return g.id == id })
	if i < 0 {
		return nil
	}
	return &Group{s, s.groups[i]}
}

// Invite asks the profile into a group of the contact's, with a role.
func (p *Peer) Invite(name, role string) *Group {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.contact == nil || !p.here() {
		return nil
	}
	u := p.contact.user
	g := s.addGroup(u, person(name), role)
	g.me.status, g.host = "invited", p.contact
	host := s.addMember(g, p.profile, "owner", "host", "connected")
	host.contact = p.contact
	s.tell(u, "receivedGroupInvitation", m{"groupInfo": g.json(s), "contact": p.contact.json(s), "fromMemberRole": "owner", "memberRole": role})
	if u.invitations {
		g.me.status = "accepted"
		s.joined(g)
	}
	return &Group{s, g}
}

// Accept takes up the profile's invitation of a contact to a group, and returns the member
// the contact becomes; nil if there is none.
func (p *Peer) Accept(g *Group) *Peer {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, mb := range g.g.members {
		if mb.contact != nil && mb.contact == p.contact && mb.status == "invited" {
			s.joins(mb)
			return &Peer{srv: s, profile: p.profile, contact: p.contact, member: mb}
		}
	}
	return nil
}

// ID is the groupId.
func (g *Group) ID() int64 { return g.g.id }

// Chat is how commands name it: "#7".
func (g *Group) Chat() string { return g.g.chat.ref.String() }

// Role is the profile's own.
func (g *Group) Role() string {
	g.srv.mu.Lock()
	defer g.srv.mu.Unlock()
	return g.g.me.role
}

// Join brings somebody in, as by the group's link.
func (g *Group) Join(name string) *Peer {
	s := g.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Peer{srv: s, profile: person(name)}
	p.member = s.addMember(g.g, p.profile, "member", "post", "accepted")
	s.joins(p.member)
	return p
}

// Present adds a member as if it had been there before the profile, with a role. It comes
// with an event only if announced: that this member, who was there before, can be reached.
func (g *Group) Present(name, role string, announced bool) *Peer {
	s := g.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Peer{srv: s, profile: person(name)}
	p.member = s.addMember(g.g, p.profile, role, "pre", "connected")
	if announced {
		s.tell(g.g.user, "connectedToGroupMember", m{"groupInfo": g.g.json(s), "member": p.member.json(s)})
	}
	return p
}

// Knock is somebody who joins and waits to be let in.
func (g *Group) Knock(name string) *Peer {
	s := g.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Peer{srv: s, profile: person(name)}
	p.member = s.addMember(g.g, p.profile, "member", "invitee", "pending_approval")
	s.tell(g.g.user, "joinedGroupMember", m{"groupInfo": g.g.json(s), "member": p.member.json(s)})
	return p
}

// Status is that of a member, Role its role; both are "" for contacts.
func (p *Peer) Status() string {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	if p.member == nil {
		return ""
	}
	return p.member.status
}

// Role is the member's.
func (p *Peer) Role() string {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	if p.member == nil {
		return ""
	}
	return p.member.role
}

// Blocked reports whether the member is blocked for all.
func (p *Peer) Blocked() bool {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	return p.member != nil && p.member.blocked
}

// may finds out whether a member may do something to another member, or to the profile if
// whom is nil.
func (p *Peer) may(least string, whom *Peer) (g *group, object *member, ok bool) {
	if p.member == nil || !p.here() || rank(p.member.role) < rank(least) {
		return nil, nil, false
	}
	g = p.member.group
	object = g.me
	if whom != nil {
		object = whom.member
	}
	return g, object, object != nil && object.group == g && rank(object.role) <= rank(p.member.role)
}

// SetRole gives another member a role, or the profile if whom is nil. Like all that
// members do to others it does nothing where their role is too low.
func (p *Peer) SetRole(whom *Peer, role string) {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	g, object, ok := p.may("admin", whom)
	if !ok || rank(role) > rank(p.member.role) {
		return
	}
	from := object.role
	object.role = role
	s.tell(g.user, "memberRole", m{"groupInfo": g.json(s), "byMember": p.member.json(s), "member": object.json(s), "fromRole": from, "toRole": role})
}

// Block blocks another member for all, or unblocks.
func (p *Peer) Block(whom *Peer, on bool) {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	g, object, ok := p.may("moderator", whom)
	if !ok || object == g.me {
		return
	}
	object.blocked = on
	s.tell(g.user, "memberBlockedForAll", m{"groupInfo": g.json(s), "byMember": p.member.json(s), "member": object.json(s), "blocked": on})
}

// Remove takes another member out of the group, or the profile if whom is nil.
func (p *Peer) Remove(whom *Peer, messages bool) {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	g, object, ok := p.may("admin", whom)
	if !ok {
		return
	}
	object.status = "removed"
	if object == g.me {
		s.tell(g.user, "deletedMemberUser", m{"groupInfo": g.json(s), "member": p.member.json(s), "withMessages": messages})
		return
	}
	if messages {
		g.forgetMessages(s, object)
	}
	s.tell(g.user, "deletedMember", m{"groupInfo": g.json(s), "byMember": p.member.json(s), "deletedMember": object.json(s), "withMessages": messages})
}

// Admit lets somebody in who waits for it, as another moderator would.
func (p *Peer) Admit(whom *Peer) {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	g, object, ok := p.may("moderator", whom)
	if !ok || object.status != "pending_approval" {
		return
	}
	object.status = "connected"
	s.tell(g.user, "memberAcceptedByOther", m{"groupInfo": g.json(s), "acceptingMember": p.member.json(s), "member": object.json(s)})
}

// Update gives the group another name.
func (p *Peer) Update(name string) {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	g, _, ok := p.may("owner", nil)
	if !ok {
		return
	}
	from := g.json(s)
	profile := tagged("", g.profile)
	delete(profile, "type")
	profile["displayName"] = name
	s.renameGroup(g, profile)
	s.tell(g.user, "groupUpdated", m{"fromGroup": from, "toGroup": g.json(s), "member_": p.member.json(s)})
}

// End deletes the whole group.
func (p *Peer) End() {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	g, _, ok := p.may("owner", nil)
	if !ok {
		return
	}
	g.me.status = "deleted"
	s.tell(g.user, "groupDeleted", m{"groupInfo": g.json(s), "member": p.member.json(s)})
}

// OpenChat makes a member a contact as well: it writes in private to the profile.
func (p *Peer) OpenChat() *Peer {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.member == nil || !p.here() {
		return nil
	}
	mb := p.member
	u := mb.group.user
	if mb.contact == nil {
		mb.contact = s.addContact(u, mb.profile)
		s.tell(u, "newMemberContactReceivedInv", m{"contact": mb.contact.json(s), "groupInfo": mb.group.json(s), "member": mb.json(s)})
		s.connected(mb.contact)
	}
	return &Peer{srv: s, profile: p.profile, contact: mb.contact}
}

// CancelFile takes a file back that has not been received yet.
func (p *Peer) CancelFile(id int64) {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	it := p.own(id)
	if it == nil || it.file == nil || it.file.is("rcvComplete") {
		return
	}
	it.file.status = m{"type": "rcvCancelled"}
	s.tell(it.chat.user, "rcvFileSndCancelled", m{"chatItem": it.pair(s), "rcvFileTransfer": it.file.transfer()})
}
