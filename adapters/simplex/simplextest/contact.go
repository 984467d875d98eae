package simplextest

import (
	"slices"
	"time"
)

// A chat holds messages: with a contact, of a group, or notes.
type chat struct {
	user    *user
	ref     ref
	contact *contact // one of these, or neither for notes
	group   *group
	items   []*item
}

func (c *chat) name() string {
	switch {
	case c.contact != nil:
		return c.contact.name
	case c.group != nil:
		return c.group.name
	}
	return "notes"
}

// info is the chatInfo of a chat, or of a scope of it.
func (c *chat) info(s *Server, sc scope) m {
	switch {
	case c.contact != nil:
		return m{"type": "direct", "contact": c.contact.json(s)}
	case c.group == nil:
		ts := stamp(s.start)
		return m{"type": "local", "noteFolder": m{
			"noteFolderId": c.ref.id, "userId": c.user.id, "createdAt": ts, "updatedAt": ts, "chatTs": ts, "favorite": false, "unread": false,
		}}
	}
	info := m{"type": "group", "groupInfo": c.group.json(s)}
	if sc.support {
		f := m{"type": "memberSupport"}
		if mb := c.group.member(sc.member); mb != nil {
			f["groupMember_"] = mb.json(s)
		}
		info["groupChatScope"] = f
	}
	return info
}

// A contact is somebody the profile talks to.
type contact struct {
	user          *user
	id, profileID int64
	connID        int64
	name          string // in this database
	profile       m
	status        string // active, deleted, deletedByUser
	ready         bool   // messages can be sent
	prefs         m      // what the profile's user set for this contact
	custom        m
	since         time.Time
	chat          *chat
}

func (s *Server) addContact(u *user, profile m) *contact {
	name, _ := profile["displayName"].(string)
	c := &contact{user: u, id: s.id(), profileID: s.id(), connID: s.id(), name: s.uniqueName(name), profile: profile, status: "active", since: s.now()}
	c.chat = &chat{user: u, ref: ref{kind: '@', id: c.id}, contact: c}
	s.contacts = append(s.contacts, c)
	return c
}

func (c *contact) json(s *Server) m {
	ts := stamp(c.since)
	prefs := c.prefs
	if prefs == nil {
		prefs = m{}
	}
	j := m{
		"contactId": c.id, "localDisplayName": c.name, "profile": localProfile(c.profileID, c.profile), "contactUsed": true,
		"contactStatus": c.status, "chatSettings": m{"enableNtfs": "all", "favorite": false}, "userPreferences": prefs,
		"mergedPreferences": c.merged(), "createdAt": ts, "updatedAt": ts, "chatTs": ts, "contactGrpInvSent": false, "chatTags": []any{}, "chatDeleted": false,
	}
	if c.status == "active" {
		j["activeConn"] = s.connJSON(c.connID, "contact", c.ready, c.since)
	}
	if c.custom != nil {
		j["customData"] = c.custom
	}
	return j
}

// merged is what each side allows, by feature.
func (c *contact) merged() m {
	out := m{}
	mine := tagged("", c.user.profile)
	if c.prefs != nil {
		mine = m{"preferences": c.prefs}
	}
	for _, feature := range []string{"timedMessages", "fullDelete", "reactions", "voice", "files", "calls", "sessions"} {
		us, them := allows(mine, feature), allows(c.profile, feature)
		out[feature] = m{
			"enabled":           m{"forUser": them == "always" || them == "yes" && us != "no", "forContact": us == "always" || us == "yes" && them != "no"},
			"userPreference":    m{"type": "user", "preference": m{"allow": us}},
			"contactPreference": m{"allow": them},
		}
	}
	if commands, ok := fullPreferences(c.profile)["commands"].([]any); ok && len(commands) > 0 {
		out["commands"] = commands
	}
	return out
}

// connJSON is a connection as the program shows it.
func (s *Server) connJSON(id int64, kind string, ready bool, since time.Time) m {
	status := any(m{"type": "joined"})
	if ready {
		status = m{"type": "ready"}
	}
	if s.opts.Legacy { // it was a string then
		status = "joined"
		if ready {
			status = "ready"
		}
	}
	return m{
		"connId": id, "agentConnId": "YWdlbnQ=", "connChatVersion": 16, "peerChatVRange": m{"minVersion": 1, "maxVersion": 16}, "connLevel": 0,
		"viaGroupLink": false, "connType": kind, "connStatus": status, "contactConnInitiated": false, "localAlias": "", "pqSupport": true,
		"pqEncryption": true, "authErrCounter": 0, "quotaErrCounter": 0, "createdAt": stamp(since),
	}
}

// mayGet refuses a contact to whom nothing can be sent.
func (c *contact) mayGet(s *Server) error {
	switch {
	case c.status != "active":
		return failure("contactNotActive", m{"contact": c.json(s)})
	case !c.ready:
		return failure("contactNotReady", m{"contact": c.json(s)})
	}
	return nil
}

// connected makes the contact ready and tells so.
func (s *Server) connected(c *contact) {
	c.ready = true
	s.tell(c.user, "contactConnected", m{"contact": c.json(s)})
	s.note(c.chat, nil, m{"type": "rcvDirectE2EEInfo", "e2eeInfo": m{"pqEnabled": true}}, "This conversation is protected by end-to-end encryption")
}

func (t *text) contactsOf() action {
	id := t.num()
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		list := []any{}
		for _, c := range o.contacts {
			if c.user == o.user && c.status != "deletedByUser" {
				list = append(list, c.json(o.Server))
			}
		}
		return o.answer("contactsList", m{"contacts": list})
	}
}

func (t *text) contactPrefs() action {
	id := t.num()
	t.lit(" ")
	var prefs m
	t.json(&prefs)
	t.require(prefs != nil)
	return func(o *op) (m, error) {
		c, err := o.contact(id)
		if err != nil {
			return nil, err
		}
		from := c.json(o.Server)
		c.prefs = prefs
		return o.answer("contactPrefsUpdated", m{"fromContact": from, "toContact": c.json(o.Server)})
	}
}

func (t *text) customContact() action {
	id := t.num()
	data := t.customData()
	return func(o *op) (m, error) {
		c, err := o.contact(id)
		if err != nil {
			return nil, err
		}
		c.custom = data
		return o.cmdOk()
	}
}

// customData is an object, or nothing to take it away.
func (t *text) customData() (data m) {
	if t.opt(" ") {
		t.json(&data)
		t.require(data != nil)
	}
	return data
}

// A request is somebody who asks to be a contact.
type request struct {
	user          *user
	id, profileID int64
	name          string
	peer          *Peer
	text          string
	since         time.Time
}

func (r *request) json() m {
	ts := stamp(r.since)
	return m{
		"contactRequestId": r.id, "agentInvitationId": "aW52", "cReqChatVRange": m{"minVersion": 1, "maxVersion": 16}, "localDisplayName": r.name,
		"profileId": r.profileID, "profile": localProfile(r.profileID, r.peer.profile), "createdAt": ts, "updatedAt": ts, "pqSupport": true,
	}
}

// takeRequest finds one and removes it.
func (o *op) takeRequest(id int64) (*request, error) {
	if err := o.needUser(); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(o.requests, func(r *request) bool { return r.id == id && r.user == o.user })
	if i < 0 {
		return nil, missing("contactRequestNotFound", m{"contactRequestId": id})
	}
	r := o.requests[i]
	o.requests = slices.Delete(o.requests, i, i+1)
	delete(o.names, r.name)
	return r, nil
}

func (t *text) accept() action {
	t.opt("incognito=on ")
	id := t.num()
	return func(o *op) (m, error) {
		r, err := o.takeRequest(id)
		if err != nil {
			return nil, err
		}
		c := o.addContact(o.user, r.peer.profile)
		r.peer.contact = c
		o.later(func() { o.welcome(c, r.text) })
		return o.answer("acceptingContactRequest", m{"contact": c.json(o.Server)})
	}
}

// welcome connects somebody who asked, with what they wrote and the automatic reply.
func (s *Server) welcome(c *contact, text string) {
	s.connected(c)
	if text != "" {
		s.receive(c.chat, nil, Message{Text: text})
	}
	if a := c.user.address; a != nil && a.settings["autoReply"] != nil {
		it := s.send(c.chat, scope{}, a.settings["autoReply"].(m))
		s.tellItems(it)
	}
}

func (t *text) reject() action {
	id := t.num()
	return func(o *op) (m, error) {
		r, err := o.takeRequest(id)
		if err != nil {
			return nil, err
		}
		return o.answer("contactRequestRejected", m{"contactRequest": r.json()})
	}
}
