package simplextest

import (
	"slices"
	"strconv"
	"time"
)

// Peer is somebody else, in one chat with the profile: a contact, or a member of a group.
// What a peer does comes as events, like everything that happens at the servers.
type Peer struct {
	srv     *Server
	profile m
	contact *contact
	member  *member
}

// Message is what a peer writes.
type Message struct {
	Text    string
	Content map[string]any // instead of Text
	Reply   int64          // the item it answers
	Mention bool           // of the profile, in a group
	Live    bool           // it is still being written
	Support bool           // for the moderators only: in the member's own conversation with them
	// Written, if it is set, is when: an old message that another member passes on.
	Written time.Time
	File    *File
}

// File is what a peer sends. Its name is the sender's choice, like all names.
type File struct {
	Name string
	Data []byte
	Size int64 // told, if it is not that of Data
	// Unapproved is on servers the profile has not approved, Broken cannot be fetched.
	Unapproved, Broken bool
}

func person(name string) m { return m{"displayName": name, "fullName": ""} }

// Contact connects somebody as a contact, as after an invitation.
func (s *Server) Contact(name string) *Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Peer{srv: s, profile: person(name)}
	p.contact = s.addContact(s.active, p.profile)
	s.connected(p.contact)
	return p
}

// Known adds a contact as if it had been there before the program started: without events.
func (s *Server) Known(name string) *Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Peer{srv: s, profile: person(name)}
	p.contact = s.addContact(s.active, p.profile)
	p.contact.ready = true
	return p
}

// Request asks to be a contact at the profile's address, with a message if text is not
// empty. What becomes of it depends on the address: a request, a contact, or a business
// chat. It returns nil if there is no address.
func (s *Server) Request(name, text string) *Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.active
	if u == nil || u.address == nil {
		return nil
	}
	p := &Peer{srv: s, profile: person(name)}
	switch a := u.address; {
	case !a.accepts():
		r := &request{user: u, id: s.id(), profileID: s.id(), name: s.uniqueName(name), peer: p, text: text, since: s.now()}
		s.requests = append(s.requests, r)
		s.tell(u, "receivedContactRequest", m{"contactRequest": r.json()})
	case a.business():
		s.businessChat(p, text)
	default:
		p.contact = s.addContact(u, p.profile)
		s.tell(u, "acceptingContactRequest", m{"contact": p.contact.json(s)})
		s.tell(u, "contactSndReady", m{"contact": p.contact.json(s)})
		s.welcome(p.contact, text)
	}
	return p
}

// businessChat makes a group for one customer.
func (s *Server) businessChat(p *Peer, text string) {
	u := s.active
	g := s.addGroup(u, m{"displayName": p.profile["displayName"], "fullName": ""}, "owner")
	p.member = s.addMember(g, p.profile, "member", "invitee", "accepted")
	g.business = p.member.memberID
	s.tell(u, "acceptingBusinessRequest", m{"groupInfo": g.json(s)})
	s.joins(p.member)
	if text != "" {
		s.receive(g.chat, p.member, Message{Text: text})
	}
	if reply, ok := u.address.settings["autoReply"].(m); ok {
		s.tellItems(s.send(g.chat, scope{}, reply))
	}
}

// joins lets a member in and tells so.
func (s *Server) joins(mb *member) {
	mb.status = "connected"
	g := mb.group
	s.tell(g.user, "joinedGroupMember", m{"groupInfo": g.json(s), "member": mb.json(s)})
	s.tell(g.user, "connectedToGroupMember", m{"groupInfo": g.json(s), "member": mb.json(s)})
	s.note(g.chat, mb, m{"type": "rcvGroupEvent", "rcvGroupEvent": m{"type": "memberConnected"}}, "connected")
	s.talk(g.chat, mb.name, "joins", "")
}

// Use follows a link of the profile's: its address, an invitation, or the link of a group.
// It returns nil if the link leads nowhere.
func (s *Server) Use(link, name string) *Peer {
	s.mu.Lock()
	if a := s.active.address; a != nil && a.link.has(link) {
		s.mu.Unlock()
		return s.Request(name, "")
	}
	defer s.mu.Unlock()
	p := &Peer{srv: s, profile: person(name)}
	for i, c := range s.pending {
		if c.link != nil && c.link.has(link) {
			s.pending = slices.Delete(s.pending, i, i+1)
			p.contact = s.addContact(s.active, p.profile)
			s.tell(s.active, "contactConnecting", m{"contact": p.contact.json(s)})
			s.connected(p.contact)
			return p
		}
	}
	for _, g := range s.groups {
		if g.link != nil && g.link.link.has(link) {
			p.member = s.addMember(g, p.profile, g.link.role, "invitee", "accepted")
			s.joins(p.member)
			return p
		}
	}
	return nil
}

// ContactLink makes the address of somebody, GroupLink the link of a group that others
// have: something to connect to.
func (s *Server) ContactLink(name string) string { return s.addTarget("contact", person(name)) }

// GroupLink is the link of a group of others.
func (s *Server) GroupLink(name string) string { return s.addTarget("group", person(name)) }

// InvitationLink is a one-time invitation of somebody.
func (s *Server) InvitationLink(name string) string { return s.addTarget("invitation", person(name)) }

func (s *Server) addTarget(kind string, profile m) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &target{link: s.newLink(kind), kind: kind, profile: profile}
	s.targets[t.link.full] = t
	return t.link.full
}

// ID is the contactId or the groupMemberId, 0 for somebody whose request was not accepted
// yet.
func (p *Peer) ID() int64 {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	switch {
	case p.member != nil:
		return p.member.id
	case p.contact != nil:
		return p.contact.id
	}
	return 0
}

// Name is the name in the database.
func (p *Peer) Name() string {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	return p.name()
}

func (p *Peer) name() string {
	switch {
	case p.member != nil:
		return p.member.name
	case p.contact != nil:
		return p.contact.name
	}
	name, _ := p.profile["displayName"].(string)
	return name
}

// Chat is the chat the peer is in: "@5", "#7", or "" for somebody whose request was not
// accepted yet.
func (p *Peer) Chat() string {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	if c := p.chat(); c != nil {
		return c.ref.String()
	}
	return ""
}

func (p *Peer) chat() *chat {
	switch {
	case p.member != nil:
		return p.member.group.chat
	case p.contact != nil:
		return p.contact.chat
	}
	return nil
}

// here reports whether what the peer does reaches the profile.
func (p *Peer) here() bool {
	if p.member != nil {
		return p.member.here() && p.member.group.me.here()
	}
	return p.contact != nil && p.contact.status == "active"
}

// Say writes a text and returns its item, 0 if it does not reach the profile.
func (p *Peer) Say(text string) int64 { return p.Send(Message{Text: text}) }

// Send writes a message and returns its item, 0 if it does not reach the profile.
func (p *Peer) Send(msg Message) int64 {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	if !p.here() {
		return 0
	}
	return p.srv.receive(p.chat(), p.member, msg).id
}

// SendAll writes several messages that come in one event.
func (p *Peer) SendAll(msgs ...Message) {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	if !p.here() || len(msgs) == 0 {
		return
	}
	var items []*item
	for _, msg := range msgs {
		items = append(items, p.srv.incoming(p.chat(), p.member, msg))
	}
	p.srv.tellItems(items...)
}

// receive puts a message of somebody else into a chat and tells it.
func (s *Server) receive(c *chat, author *member, msg Message) *item {
	it := s.incoming(c, author, msg)
	s.tellItems(it)
	if f := it.file; f != nil {
		s.tell(c.user, "rcvFileDescrReady", m{"chatItem": it.pair(s), "rcvFileTransfer": f.transfer(),
			"rcvFileDescr": m{"fileDescrId": f.id, "fileDescrText": "", "fileDescrPartNo": 0, "fileDescrComplete": true}})
	}
	return it
}

func (s *Server) incoming(c *chat, author *member, msg Message) *item {
	content := msg.Content
	if content == nil {
		content = m{"type": "text", "text": msg.Text}
		if msg.File != nil {
			content["type"] = "file"
		}
	}
	text, _ := content["text"].(string)
	it := &item{chat: c, author: author, content: m{"type": "rcvMsgContent", "msgContent": content}, text: text, live: msg.Live, mention: msg.Mention,
		at: msg.Written, old: !msg.Written.IsZero()}
	if msg.Support && author != nil {
		it.scope = scope{support: true, member: author.id}
	}
	if author != nil && author.blocked {
		it.content, it.deleted = m{"type": "rcvBlocked"}, m{"type": "blockedByAdmin", "deletedTs": stamp(s.now())}
	}
	if msg.Mention && c.group != nil {
		me := c.group.me
		it.mentions = m{me.name: m{"memberId": me.memberID, "memberRef": m{"groupMemberId": me.id, "displayName": me.name, "memberRole": me.role}}}
	}
	if q := c.item(msg.Reply); q != nil {
		it.quote = q.quoteOf(s)
	}
	s.add(it)
	if msg.File != nil {
		it.file = s.offered(it, msg.File)
	}
	who := c.name()
	if author != nil {
		who = author.name
	}
	s.talk(c, who, "says", text)
	return it
}

func (s *Server) offered(it *item, sent *File) *file {
	f := &file{id: s.id(), item: it, name: sent.Name, size: sent.Size, data: sent.Data, approval: sent.Unapproved, broken: sent.Broken,
		status: m{"type": "rcvInvitation"}, sender: it.chat.name()}
	if f.size == 0 {
		f.size = int64(len(sent.Data))
	}
	s.files[f.id] = f
	return f
}

// FileOf is the ID of the file of an item, 0 if it has none.
func (s *Server) FileOf(id int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		if f.item != nil && f.item.id == id {
			return f.id
		}
	}
	return 0
}

// own finds an item the peer wrote.
func (p *Peer) own(id int64) *item {
	if c := p.chat(); c != nil && p.here() {
		if it := c.item(id); it != nil && !it.sent && it.author == p.member {
			return it
		}
	}
	return nil
}

// Edit changes what the peer wrote, and ends it if it was live.
func (p *Peer) Edit(id int64, text string) { p.rewrite(id, text, false) }

// Type goes on with a live message.
func (p *Peer) Type(id int64, text string) { p.rewrite(id, text, true) }

func (p *Peer) rewrite(id int64, text string, live bool) {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	it := p.own(id)
	if it == nil || !it.isMessage() {
		return
	}
	content := tagged("text", it.content["msgContent"].(m))
	content["type"], content["text"] = it.content["msgContent"].(m)["type"], text
	it.content = m{"type": "rcvMsgContent", "msgContent": content}
	it.edited = it.edited || !it.live
	it.text, it.live, it.last = text, live, s.now()
	s.tell(it.chat.user, "chatItemUpdated", m{"chatItem": it.pair(s)})
	s.talk(it.chat, p.name(), "edits", text)
}

// Delete takes back what the peer wrote.
func (p *Peer) Delete(id int64) {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	if it := p.own(id); it != nil {
		p.deletes(it, m{"type": "deleted", "deletedTs": stamp(p.srv.now()), "chatType": chatTypes[it.chat.ref.kind]})
	}
}

// Moderate deletes what somebody else in the group wrote, if the member's role allows.
func (p *Peer) Moderate(id int64) {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.member == nil || !p.here() || rank(p.member.role) < rank("moderator") {
		return
	}
	if it := p.chat().item(id); it != nil && it.deleted == nil {
		p.deletes(it, m{"type": "moderated", "deletedTs": stamp(s.now()), "byGroupMember": p.member.json(s)})
	}
}

func (p *Peer) deletes(it *item, mark m) {
	s := p.srv
	d := m{"deletedChatItem": it.pair(s)}
	it.deleted = mark
	d["toChatItem"] = it.pair(s)
	s.tell(it.chat.user, "chatItemsDeleted", m{"chatItemDeletions": []any{d}, "byUser": false, "timed": false})
	s.talk(it.chat, p.name(), "deletes", it.text)
}

// React adds or removes a reaction of the peer to an item.
func (p *Peer) React(id int64, emoji string, on bool) {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	if !p.here() {
		return
	}
	it := p.chat().item(id)
	if it == nil || !it.react(strconv.FormatInt(max(p.idLocked(), 1), 10), emoji, on) {
		return
	}
	dir := m{"type": "directRcv"}
	if p.member != nil {
		dir = m{"type": "groupRcv", "groupMember": p.member.json(s)}
	}
	s.tell(it.chat.user, "chatItemReaction", m{"added": on, "reaction": it.reactionJSON(s, dir, emoji)})
	s.talk(it.chat, p.name(), "reacts", emoji)
}

func (p *Peer) idLocked() int64 {
	if p.member != nil {
		return p.member.id
	}
	return p.contact.id
}

// Rename changes the peer's profile name, which changes the name in the database, too.
func (p *Peer) Rename(name string) {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	if !p.here() {
		return
	}
	p.profile = person(name)
	if mb := p.member; mb != nil {
		from := mb.json(s)
		delete(s.names, mb.name)
		mb.profile, mb.name = p.profile, s.uniqueName(name)
		s.tell(mb.group.user, "groupMemberUpdated", m{"groupInfo": mb.group.json(s), "fromMember": from, "toMember": mb.json(s)})
		return
	}
	c := p.contact
	from := c.json(s)
	delete(s.names, c.name)
	c.profile, c.name = p.profile, s.uniqueName(name)
	s.tell(c.user, "contactUpdated", m{"fromContact": from, "toContact": c.json(s)})
}

// Leave ends it: a member leaves the group, a contact deletes the profile.
func (p *Peer) Leave() {
	s := p.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	if !p.here() {
		return
	}
	s.talk(p.chat(), p.name(), "leaves", "")
	if mb := p.member; mb != nil {
		mb.status = "left"
		s.tell(mb.group.user, "leftMember", m{"groupInfo": mb.group.json(s), "member": mb.json(s)})
		return
	}
	p.contact.status = "deleted"
	s.tell(p.contact.user, "contactDeletedByContact", m{"contact": p.contact.json(s)})
}
