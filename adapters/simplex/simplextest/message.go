package simplextest

import (
	"slices"
	"strings"
)

const (
	maxMessage  = 15602 // bytes of one encoded message
	maxMentions = 3
)

func (t *text) sendMessages() action {
	to := t.ref("@#")
	live := t.opt(" live=on")
	var ttl int64
	if t.opt(" ttl=") {
		ttl = t.num()
	}
	sign := t.opt(" sign=on")
	var list []composed
	if t.opt(" text ") {
		list = []composed{{MsgContent: m{"type": "text", "text": t.rest}}}
		t.rest = ""
	} else {
		t.lit(" json ")
		t.json(&list)
		t.require(len(list) > 0)
	}
	for _, c := range list {
		t.require(validContent(c.MsgContent))
	}
	return func(o *op) (m, error) {
		c, err := o.sendable(to)
		if err != nil {
			return nil, err
		}
		if sign && c.group == nil {
			return nil, commandError("only group messages can be signed")
		}
		var drafts []*item
		for _, msg := range list {
			it, err := o.draft(c, to.scope, msg)
			if err != nil {
				return nil, err
			}
			it.live, it.ttl = live, ttl
			drafts = append(drafts, it)
		}
		for _, it := range drafts {
			o.post(it)
			if it.file != nil {
				o.later(func() { o.upload(it) })
			}
		}
		o.later(func() { o.delivered(drafts) })
		return o.answer("newChatItems", m{"chatItems": o.pairs(drafts)})
	}
}

// sendable finds a chat to which something can be sent.
func (o *op) sendable(to ref) (*chat, error) {
	c, err := o.chat(to)
	if err != nil || c.group == nil {
		if err == nil && c.contact != nil {
			err = c.contact.mayGet(o.Server)
		}
		return c, err
	}
	g := c.group
	switch {
	case g.me.status == "invited":
		return nil, failure("groupNotJoined", m{"groupInfo": g.json(o.Server)})
	case g.me.status == "left" || g.me.status == "removed" || g.me.status == "deleted":
		return nil, failure("groupMemberUserRemoved", nil)
	case !g.me.here():
		return nil, failure("groupMemberNotActive", nil)
	case !to.scope.support:
		return c, o.require(g, "author")
	}
	return c, nil
}

// draft is an item as it will be sent, if it can be.
func (o *op) draft(c *chat, sc scope, msg composed) (*item, error) {
	it := &item{chat: c, scope: sc, sent: true, content: m{"type": "sndMsgContent", "msgContent": msg.MsgContent},
		text: msg.MsgContent["text"].(string), status: m{"type": "sndNew"}}
	if msg.Quoted != nil {
		q := c.item(*msg.Quoted)
		switch {
		case q == nil:
			return nil, missing("chatItemNotFound", m{"itemId": *msg.Quoted})
		case q.scope != sc || !q.isMessage() || q.deleted != nil:
			return nil, missing("invalidQuote", nil)
		}
		it.quote = q.quoteOf(o.Server)
	}
	var err error
	if it.mentions, err = o.mentions(c, it.text, msg.Mentions); err != nil {
		return nil, err
	}
	path := msg.FilePath
	if msg.FileSource != nil {
		path = msg.FileSource.FilePath
	}
	if path != "" {
		if it.file, err = o.outgoing(path); err != nil {
			return nil, err
		}
	}
	return it, o.fits(it)
}

// mentions are the members a text names: as they are written in it, by name.
func (o *op) mentions(c *chat, text string, ids map[string]int64) (m, error) {
	out := m{}
	if len(ids) > maxMentions {
		return nil, missing("invalidMention", nil)
	}
	for name, id := range ids {
		written := strings.Contains(text, "@"+name) || strings.Contains(text, "@'"+name+"'")
		if c.group == nil || !written || c.group.member(id) == nil {
			return nil, missing("invalidMention", nil)
		}
		mb := c.group.member(id)
		out[name] = m{"memberId": mb.memberID, "memberRef": m{"groupMemberId": mb.id, "displayName": mb.name, "memberRole": mb.role}}
	}
	return out, nil
}

// fits refuses a message that is too long as it goes over the network, with all that
// belongs to it.
func (o *op) fits(it *item) error {
	params := m{"content": it.content["msgContent"]}
	if it.quote != nil {
		params["quote"] = m{"msgRef": m{"msgId": it.quote["sharedMsgId"], "sentAt": it.quote["sentAt"], "sent": false}, "content": it.quote["content"]}
	}
	if len(it.mentions) > 0 {
		params["mentions"] = it.mentions
	}
	if it.file != nil {
		params["file"] = m{"fileName": it.file.name, "fileSize": it.file.size, "fileDescr": m{"fileDescrText": "", "fileDescrPartNo": 0, "fileDescrComplete": false}}
	}
	if len(encode(m{"v": "1-16", "msgId": "AAAAAAAAAAAAAAAA", "event": "x.msg.new", "params": params})) > maxMessage {
		return missing("largeMsg", nil)
	}
	return nil
}

// send puts a message of the profile into a chat.
func (s *Server) send(c *chat, sc scope, content m) *item {
	text, _ := content["text"].(string)
	it := &item{chat: c, scope: sc, sent: true, content: m{"type": "sndMsgContent", "msgContent": content}, text: text, status: m{"type": "sndNew"}}
	s.post(it)
	return it
}

func (s *Server) post(it *item) {
	s.add(it)
	s.talk(it.chat, "", "says", it.text)
}

// delivered tells that messages reached the servers.
func (s *Server) delivered(items []*item) {
	for _, it := range items {
		it.status = m{"type": "sndSent", "sndProgress": "complete"}
	}
	s.tell(items[0].chat.user, "chatItemsStatusesUpdated", m{"chatItems": s.pairs(items)})
}

func (t *text) updateItem(bare bool) action {
	where := t.ref("@#*")
	t.lit(" ")
	id := t.num()
	live := t.opt(" live=on")
	t.lit(" json ")
	var msg struct {
		MsgContent m                 `json:"msgContent"`
		Mentions   *map[string]int64 `json:"mentions"`
	}
	if bare { // as it was before mentions
		t.json(&msg.MsgContent)
		msg.Mentions = &map[string]int64{}
	} else {
		t.json(&msg)
	}
	t.require(msg.Mentions != nil && validContent(msg.MsgContent))
	return func(o *op) (m, error) {
		it, err := o.itemIn(where, id)
		if err != nil {
			return nil, err
		}
		if !it.sent || it.deleted != nil || !it.isMessage() {
			return nil, failure("invalidChatItemUpdate", nil)
		}
		if same(it.content["msgContent"], msg.MsgContent) && it.live == live {
			return o.answer("chatItemNotChanged", m{"chatItem": it.pair(o.Server)})
		}
		next := *it
		if next.mentions, err = o.mentions(it.chat, msg.MsgContent["text"].(string), *msg.Mentions); err != nil {
			return nil, err
		}
		next.content = m{"type": "sndMsgContent", "msgContent": msg.MsgContent}
		next.text, next.live, next.last = msg.MsgContent["text"].(string), live, o.now()
		next.edited = it.edited || !it.live
		if err := o.fits(&next); err != nil {
			return nil, err
		}
		*it = next
		o.talk(it.chat, "", "edits", it.text)
		return o.answer("chatItemUpdated", m{"chatItem": it.pair(o.Server)})
	}
}

func (o *op) itemIn(where ref, id int64) (*item, error) {
	c, err := o.chat(where)
	if err != nil {
		return nil, err
	}
	it := c.item(id)
	if it == nil || it.scope != where.scope {
		return nil, missing("chatItemNotFound", m{"itemId": id})
	}
	return it, nil
}

func (t *text) deleteItems() action {
	where := t.ref("@#*")
	t.lit(" ")
	ids := t.ids()
	t.lit(" ")
	mode := t.word("broadcast", "internal", "internalMark", "history")
	return func(o *op) (m, error) {
		var items []*item
		for _, id := range ids {
			it, err := o.itemIn(where, id)
			if err != nil {
				return nil, err
			}
			if mode == "broadcast" && (!it.sent || it.deleted != nil) {
				return nil, failure("invalidChatItemDelete", nil)
			}
			items = append(items, it)
		}
		return o.deleteAll(items, mode == "internal" || mode == "history", func() m {
			return m{"type": "deleted", "deletedTs": stamp(o.now()), "chatType": chatTypes[where.kind]}
		})
	}
}

var chatTypes = map[byte]string{'@': "direct", '#': "group", '*': "local"}

// deleteAll removes items, or marks them.
func (o *op) deleteAll(items []*item, wholly bool, mark func() m) (m, error) {
	list := []any{}
	for _, it := range items {
		list = append(list, o.erase(it, wholly, mark()))
	}
	return o.answer("chatItemsDeleted", m{"chatItemDeletions": list, "byUser": true, "timed": false})
}

// erase returns the ChatItemDeletion of an item that is removed or marked.
func (s *Server) erase(it *item, wholly bool, mark m) m {
	d := m{"deletedChatItem": it.pair(s)}
	if wholly {
		it.chat.items = slices.DeleteFunc(it.chat.items, func(other *item) bool { return other == it })
	} else {
		it.deleted = mark
		d["toChatItem"] = it.pair(s)
	}
	s.talk(it.chat, "", "deletes", it.text)
	return d
}

func (t *text) moderate() action {
	id := t.groupID()
	t.lit(" ")
	ids := t.ids()
	return func(o *op) (m, error) {
		g, err := o.groupAs(id, "moderator")
		if err != nil {
			return nil, err
		}
		var items []*item
		for _, id := range ids {
			it := g.chat.item(id)
			switch {
			case it == nil:
				return nil, missing("chatItemNotFound", m{"itemId": id})
			case it.author == nil || it.deleted != nil:
				return nil, failure("invalidChatItemDelete", nil)
			case outranks(it.author, g.me, true):
				return nil, failure("groupUserRole", m{"groupInfo": g.json(o.Server), "requiredRole": it.author.role})
			}
			items = append(items, it)
		}
		return o.deleteAll(items, false, func() m {
			return m{"type": "moderated", "deletedTs": stamp(o.now()), "byGroupMember": g.me.json(o.Server)}
		})
	}
}

func (t *text) react() action {
	where := t.ref("@#*")
	t.lit(" ")
	id := t.num()
	t.lit(" ")
	on := t.onOff()
	t.lit(" ")
	emoji := t.reaction()
	return func(o *op) (m, error) {
		it, err := o.itemIn(where, id)
		if err != nil {
			return nil, err
		}
		if it.deleted != nil || !it.isMessage() || !it.react("", emoji, on) {
			return nil, commandError("reaction not possible")
		}
		dir := m{"type": "directSnd"}
		if where.kind == '#' {
			dir = m{"type": "groupSnd"}
		}
		o.talk(it.chat, "", "reacts", emoji)
		return o.answer("chatItemReaction", m{"added": on, "reaction": it.reactionJSON(o.Server, dir, emoji)})
	}
}
