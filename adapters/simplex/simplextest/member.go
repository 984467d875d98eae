package simplextest

import "slices"

func (t *text) addMember() action {
	id := t.groupID()
	t.lit(" ")
	contactID := t.num()
	t.lit(" ")
	role := t.role()
	return func(o *op) (m, error) {
		g, err := o.groupAs(id, "admin")
		if err != nil {
			return nil, err
		}
		if err := o.require(g, role); err != nil {
			return nil, err
		}
		c, err := o.contact(contactID)
		if err != nil {
			return nil, err
		}
		if err := c.mayGet(o.Server); err != nil {
			return nil, err
		}
		i := slices.IndexFunc(g.members, func(mb *member) bool { return mb.contact == c && mb.status != "left" && mb.status != "removed" })
		if i >= 0 && g.members[i].status != "invited" {
			return nil, failure("groupDuplicateMember", m{"contactName": c.name})
		}
		var mb *member
		if i >= 0 { // once more
			mb = g.members[i]
			mb.role = role
		} else {
			mb = o.Server.addMember(g, c.profile, role, "invitee", "invited")
			mb.contact = c
		}
		return o.answer("sentGroupInvitation", m{"groupInfo": g.json(o.Server), "contact": c.json(o.Server), "member": mb.json(o.Server)})
	}
}

func (t *text) acceptMember() action {
	id := t.groupID()
	t.lit(" ")
	memberID := t.num()
	t.lit(" ")
	role := t.role()
	return func(o *op) (m, error) {
		g, err := o.groupAs(id, "moderator")
		if err != nil {
			return nil, err
		}
		if err := o.require(g, role); err != nil {
			return nil, err
		}
		mb := g.member(memberID)
		switch {
		case mb == nil:
			return nil, missing("groupMemberNotFound", m{"groupMemberId": memberID})
		case mb.status != "pending_approval" && mb.status != "pending_review":
			return nil, failure("groupMemberNotActive", nil)
		}
		mb.status, mb.role = "connected", role
		o.later(func() {
			o.tell(g.user, "connectedToGroupMember", m{"groupInfo": g.json(o.Server), "member": mb.json(o.Server)})
		})
		return o.answer("memberAccepted", m{"groupInfo": g.json(o.Server), "member": mb.json(o.Server)})
	}
}

// moderation runs f on members of a group if the profile has a role, and one that is not
// below theirs, or has to be above them.
func (o *op) moderation(id int64, ids []int64, least string, above bool, f func(*group, []*member) (m, error)) (m, error) {
	g, err := o.groupAs(id, least)
	if err != nil {
		return nil, err
	}
	members, err := o.members(g, ids)
	if err != nil {
		return nil, err
	}
	for _, mb := range members {
		if outranks(mb, g.me, above) {
			return nil, failure("groupUserRole", m{"groupInfo": g.json(o.Server), "requiredRole": mb.role})
		}
	}
	return f(g, members)
}

// outranks reports whether a member is too high for me.
func outranks(mb, me *member, above bool) bool {
	return rank(mb.role) > rank(me.role) || above && rank(mb.role) == rank(me.role)
}

func (t *text) memberRole() action {
	id := t.groupID()
	t.lit(" ")
	ids := t.ids()
	t.lit(" ")
	role := t.role()
	return func(o *op) (m, error) {
		return o.moderation(id, ids, "admin", false, func(g *group, members []*member) (m, error) {
			if err := o.require(g, role); err != nil {
				return nil, err
			}
			for _, mb := range members {
				mb.role = role
			}
			return o.answer("membersRoleUser", m{"groupInfo": g.json(o.Server), "members": o.memberList(members), "toRole": role, "msgSigned": false})
		})
	}
}

func (t *text) block() action {
	id := t.groupID()
	t.lit(" ")
	ids := t.ids()
	t.lit(" blocked=")
	on := t.onOff()
	return func(o *op) (m, error) {
		return o.moderation(id, ids, "moderator", true, func(g *group, members []*member) (m, error) {
			for _, mb := range members {
				mb.blocked = on
			}
			return o.answer("membersBlockedForAllUser", m{"groupInfo": g.json(o.Server), "members": o.memberList(members), "blocked": on, "msgSigned": false})
		})
	}
}

func (t *text) remove() action {
	id := t.groupID()
	t.lit(" ")
	ids := t.ids()
	messages := t.opt(" messages=on")
	return func(o *op) (m, error) {
		return o.moderation(id, ids, "admin", false, func(g *group, members []*member) (m, error) {
			for _, mb := range members {
				if mb.status == "removed" || mb.status == "left" {
					return nil, failure("groupMemberNotFound", nil)
				}
			}
			for _, mb := range members {
				mb.status = "removed"
				if messages {
					g.forgetMessages(o.Server, mb)
				}
			}
			return o.answer("userDeletedMembers", m{"groupInfo": g.json(o.Server), "members": o.memberList(members), "withMessages": messages, "msgSigned": false})
		})
	}
}

// forgetMessages marks all that a member said as moderated.
func (g *group) forgetMessages(s *Server, mb *member) {
	for _, it := range g.chat.items {
		if it.author == mb {
			it.deleted = m{"type": "moderated", "deletedTs": stamp(s.now()), "byGroupMember": g.me.json(s)}
		}
	}
}

// memberContact makes a contact of a member, for messages between the two.
func (t *text) memberContact() action {
	id := t.groupID()
	t.lit(" ")
	memberID := t.num()
	return func(o *op) (m, error) {
		g, err := o.group(id)
		if err != nil {
			return nil, err
		}
		mb := g.member(memberID)
		switch {
		case mb == nil:
			return nil, missing("groupMemberNotFound", m{"groupMemberId": memberID})
		case fullGroupPreferences(g.profile)["directMessages"].(m)["enable"] != "on":
			return nil, commandError("direct messages not allowed")
		case mb.contact != nil:
			return nil, commandError("member contact already exists")
		}
		mb.contact = o.addContact(o.user, mb.profile)
		return o.answer("newMemberContact", m{"contact": mb.contact.json(o.Server), "groupInfo": g.json(o.Server), "member": mb.json(o.Server)})
	}
}

func (t *text) inviteMemberContact() action {
	t.lit("@")
	id := t.num()
	var text string
	if t.opt(" text ") {
		text = t.line()
	}
	return func(o *op) (m, error) {
		c, err := o.contact(id)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(o.groups, func(g *group) bool { return g.user == o.user && g.hasContact(id) })
		if i < 0 || c.ready {
			return nil, commandError("x.grp.direct.inv already sent")
		}
		g := o.groups[i]
		mb := g.members[slices.IndexFunc(g.members, func(mb *member) bool { return mb.contact == c })]
		if text != "" {
			o.send(c.chat, scope{}, m{"type": "text", "text": text})
		}
		o.later(func() { o.connected(c) })
		return o.answer("newMemberContactSentInv", m{"contact": c.json(o.Server), "groupInfo": g.json(o.Server), "member": mb.json(o.Server)})
	}
}
