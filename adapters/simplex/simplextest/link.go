package simplextest

import (
	"slices"
	"strings"
	"time"
)

// A target is what is behind a link that somebody else made.
type target struct {
	link    link
	kind    string // contact, invitation, group
	profile m
	contact *contact // once connected
	group   *group
}

// A connection is one that nobody has taken up yet.
type connection struct {
	user   *user
	id     int64
	link   *link // of an invitation
	target *target
	since  time.Time
}

func (c *connection) json() m {
	ts := stamp(c.since)
	j := m{
		"pccConnId": c.id, "pccAgentConnId": "YWdlbnQ=", "pccConnStatus": m{"type": "new"}, "viaContactUri": c.link == nil, "localAlias": "",
		"createdAt": ts, "updatedAt": ts,
	}
	if c.link != nil {
		j["connLinkInv"] = c.link.json()
	}
	return j
}

// isLink reports whether the parser takes text for a link, or for two of one place.
func isLink(text string) bool {
	for part := range strings.SplitSeq(text, " ") {
		if !strings.HasPrefix(part, "https://") && !strings.HasPrefix(part, "simplex:/") {
			return false
		}
	}
	return strings.Count(text, " ") <= 1
}

// invite is a command to connect without a link: it makes one.
func (t *text) invite() action {
	id := t.num()
	t.opt(" incognito=on")
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		return newInvitation(o)
	}
}

func newInvitation(o *op) (m, error) {
	if err := o.needUser(); err != nil {
		return nil, err
	}
	l := o.newLink("invitation")
	c := &connection{user: o.user, id: o.id(), since: o.now(), link: &l}
	o.pending = append(o.pending, c)
	return o.answer("invitation", m{"connLinkInvitation": l.json(), "connection": c.json()})
}

// where reads a link.
func (t *text) where() string {
	s := t.line()
	t.require(isLink(s))
	return s
}

func (t *text) apiConnect() action {
	id := t.num()
	t.opt(" incognito=on")
	t.lit(" ")
	where := t.where()
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		return connectTo(where)(o)
	}
}

// connectTo follows a link.
func connectTo(where string) action {
	return func(o *op) (m, error) {
		if err := o.needUser(); err != nil {
			return nil, err
		}
		t := o.target(where)
		switch {
		case t == nil:
			return nil, failure("invalidConnReq", nil)
		case t.contact != nil:
			return o.answer("contactAlreadyExists", m{"contact": t.contact.json(o.Server)})
		case t.group != nil:
			return nil, missing("groupAlreadyJoined", nil)
		}
		c := &connection{user: o.user, id: o.id(), since: o.now(), target: t}
		o.pending = append(o.pending, c)
		o.later(func() { o.follow(c) })
		if t.kind == "invitation" {
			return o.answer("sentConfirmation", m{"connection": c.json()})
		}
		return o.answer("sentInvitation", m{"connection": c.json()})
	}
}

func (s *Server) target(where string) *target {
	for _, t := range s.targets {
		if t.link.has(where) {
			return t
		}
	}
	return nil
}

// follow is what happens when the other side has answered.
func (s *Server) follow(c *connection) {
	s.pending = slices.DeleteFunc(s.pending, func(other *connection) bool { return other == c })
	t := c.target
	if t.kind != "group" {
		t.contact = s.addContact(c.user, t.profile)
		s.tell(c.user, "contactConnecting", m{"contact": t.contact.json(s)})
		s.connected(t.contact)
		return
	}
	t.group = s.addGroup(c.user, t.profile, "member")
	t.group.me.status = "accepted"
	host := s.addMember(t.group, m{"displayName": "host", "fullName": ""}, "owner", "host", "connected")
	s.tell(c.user, "groupLinkConnecting", m{"groupInfo": t.group.json(s), "hostMember": host.json(s)})
	s.joined(t.group)
}

func (t *text) plan() action {
	id := t.num()
	t.lit(" ")
	where := t.where()
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		l, plan := o.planOf(where)
		return o.answer("connectionPlan", m{"connLink": l, "connectionPlan": plan})
	}
}

// planOf says what a link is, and whether it is known.
func (o *op) planOf(where string) (link, plan m) {
	contact := func(p m) m { return m{"type": "contactAddress", "contactAddressPlan": p} }
	own := m{"type": "ownLink"}
	if a := o.user.address; a != nil && a.link.has(where) {
		return a.link.json(), contact(own)
	}
	for _, c := range o.pending {
		if c.link != nil && c.link.has(where) {
			return c.link.json(), m{"type": "invitationLink", "invitationLinkPlan": own}
		}
	}
	for _, g := range o.groups {
		if g.link != nil && g.link.link.has(where) {
			return g.link.link.json(), m{"type": "groupLink", "groupLinkPlan": tagged("ownLink", m{"groupInfo": g.json(o.Server)})}
		}
	}
	t := o.target(where)
	switch {
	case t == nil:
		return m{"connFullLink": where}, m{"type": "error", "chatError": m(failure("invalidConnReq", nil))}
	case t.kind == "group" && t.group != nil:
		return t.link.json(), m{"type": "groupLink", "groupLinkPlan": m{"type": "known", "groupInfo": t.group.json(o.Server), "linkOwners": []any{}}}
	case t.kind == "group":
		return t.link.json(), m{"type": "groupLink", "groupLinkPlan": m{"type": "ok", "groupSLinkData_": m{"groupProfile": t.profile}}}
	}
	p := m{"type": "ok", "contactSLinkData_": m{"profile": t.profile}}
	if t.contact != nil {
		p = m{"type": "known", "contact": t.contact.json(o.Server)}
	}
	if t.kind == "invitation" {
		return t.link.json(), m{"type": "invitationLink", "invitationLinkPlan": p}
	}
	return t.link.json(), contact(p)
}

func (t *text) deleteChat() action {
	where := t.ref("@#*:")
	mode := "full"
	if t.opt(" ") {
		mode = t.word("full", "entity", "messages")
	}
	if mode != "messages" {
		t.flag("notify")
	}
	return func(o *op) (m, error) {
		if where.kind == ':' {
			return o.deletePending(where.id)
		}
		c, err := o.chat(where)
		switch {
		case err != nil:
			return nil, err
		case c.contact == nil && c.group == nil:
			return nil, commandError("not supported")
		}
		if c.group != nil {
			return o.deleteGroup(c.group, mode)
		}
		if mode != "entity" {
			c.items = nil
		}
		if mode != "messages" {
			c.contact.status = "deletedByUser"
			delete(o.names, c.contact.name)
		}
		j := c.contact.json(o.Server)
		if mode == "full" {
			o.contacts = slices.DeleteFunc(o.contacts, func(other *contact) bool { return other == c.contact })
		}
		return o.answer("contactDeleted", m{"contact": j})
	}
}

func (o *op) deletePending(id int64) (m, error) {
	i := slices.IndexFunc(o.pending, func(c *connection) bool { return c.id == id && c.user == o.user })
	if i < 0 {
		return nil, missing("pendingConnectionNotFound", m{"connId": id})
	}
	c := o.pending[i]
	o.pending = slices.Delete(o.pending, i, i+1)
	return o.answer("contactConnectionDeleted", m{"connection": c.json()})
}

// deleteGroup needs an owner as long as the profile is in it.
func (o *op) deleteGroup(g *group, mode string) (m, error) {
	if mode != "messages" && g.me.here() {
		if err := o.require(g, "owner"); err != nil {
			return nil, err
		}
	}
	g.chat.items = nil
	if mode != "messages" {
		g.me.status = "deleted"
		delete(o.names, g.name)
		o.groups = slices.DeleteFunc(o.groups, func(other *group) bool { return other == g })
	}
	return o.answer("groupDeletedUser", m{"groupInfo": g.json(o.Server), "msgSigned": false, "localDeletion": mode == "messages"})
}
