package simplextest

import (
	"slices"
	"strings"
	"time"
)

// An item is a message or a notice in a chat.
type item struct {
	chat      *chat
	scope     scope
	id        int64
	sent      bool    // by the profile
	author    *member // in groups, if not sent
	content   m       // CIContent
	text      string
	shared    string
	status    m
	at, last  time.Time
	edited    bool
	live      bool
	mention   bool // of the profile
	ttl       int64
	old       bool // told later than it was written, by another member
	deleted   m
	quote     m
	mentions  m
	reactions []reaction
	file      *file
}

// A reaction is of the profile if by is "", else of somebody with that name.
type reaction struct{ emoji, by string }

func (c *chat) item(id int64) *item {
	i := slices.IndexFunc(c.items, func(it *item) bool { return it.id == id })
	if i < 0 {
		return nil
	}
	return c.items[i]
}

// add puts an item into a chat.
func (s *Server) add(it *item) *item {
	it.id, it.shared, it.last = s.id(), s.secret("bXNn"), s.now()
	if it.at.IsZero() {
		it.at = it.last
	}
	if it.status == nil {
		it.status = m{"type": "rcvNew"}
	}
	it.chat.items = append(it.chat.items, it)
	return it
}

// note tells of something that is no message.
func (s *Server) note(c *chat, author *member, content m, text string) {
	s.tellItems(s.add(&item{chat: c, author: author, content: content, text: text}))
}

func (s *Server) tellItems(items ...*item) {
	s.tell(items[0].chat.user, "newChatItems", m{"chatItems": s.pairs(items)})
}

func (s *Server) pairs(items []*item) []any {
	list := []any{}
	for _, it := range items {
		list = append(list, it.pair(s))
	}
	return list
}

// pair is an AChatItem.
func (it *item) pair(s *Server) m {
	return m{"chatInfo": it.chat.info(s, it.scope), "chatItem": it.json(s)}
}

func (it *item) dir(s *Server) m {
	side := "Rcv"
	if it.sent {
		side = "Snd"
	}
	switch {
	case it.chat.contact != nil:
		return m{"type": "direct" + side}
	case it.chat.group == nil:
		return m{"type": "localSnd"}
	case it.sent:
		return m{"type": "groupSnd"}
	case it.author == nil:
		return m{"type": "channelRcv"}
	}
	return m{"type": "groupRcv", "groupMember": it.author.json(s)}
}

func (it *item) json(s *Server) m {
	meta := m{
		"itemId": it.id, "itemTs": stamp(it.at), "itemText": it.text, "itemStatus": it.status, "itemSharedMsgId": it.shared,
		"itemEdited": it.edited, "userMention": it.mention, "hasLink": strings.Contains(it.text, "https://"), "deletable": it.sent && it.deleted == nil,
		"editable": it.sent && it.deleted == nil, "createdAt": stamp(it.last), "updatedAt": stamp(it.last),
	}
	if it.live {
		meta["itemLive"] = true
	}
	if it.deleted != nil {
		meta["itemDeleted"] = it.deleted
	}
	if it.ttl > 0 {
		meta["itemTimed"] = m{"ttl": it.ttl}
	}
	if it.old && it.author != nil {
		meta["forwardedByMember"] = it.chat.group.members[0].id
	}
	mentions := it.mentions
	if mentions == nil {
		mentions = m{}
	}
	j := m{"chatDir": it.dir(s), "meta": meta, "content": it.content, "mentions": mentions, "reactions": it.counts()}
	if it.quote != nil {
		j["quotedItem"] = it.quote
	}
	if it.file != nil {
		j["file"] = it.file.json()
	}
	return j
}

// counts are the reactions as a client shows them.
func (it *item) counts() []any {
	list := []any{}
	for _, e := range emojis {
		n, mine := 0, false
		for _, r := range it.reactions {
			if r.emoji == e {
				n++
				mine = mine || r.by == ""
			}
		}
		if n > 0 {
			list = append(list, m{"reaction": m{"type": "emoji", "emoji": e}, "userReacted": mine, "totalReacted": n})
		}
	}
	return list
}

// react adds or removes a reaction. It says whether that is possible.
func (it *item) react(by, emoji string, on bool) bool {
	r := reaction{emoji, by}
	i := slices.Index(it.reactions, r)
	if on == (i >= 0) {
		return false
	}
	if !on {
		it.reactions = slices.Delete(it.reactions, i, i+1)
		return true
	}
	n := 0
	for _, other := range it.reactions {
		if other.by == by {
			n++
		}
	}
	if n >= maxReactions {
		return false
	}
	it.reactions = append(it.reactions, r)
	return true
}

const maxReactions = 3

// reactionJSON is an ACIReaction; dir is who did it.
func (it *item) reactionJSON(s *Server, dir m, emoji string) m {
	return m{"chatInfo": it.chat.info(s, it.scope), "chatReaction": m{
		"chatDir": dir, "chatItem": it.json(s), "sentAt": stamp(s.now()), "reaction": m{"type": "emoji", "emoji": emoji},
	}}
}

// quoteOf is how a reply shows the item.
func (it *item) quoteOf(s *Server) m {
	content, _ := it.content["msgContent"].(m)
	if content == nil {
		content = m{"type": "text", "text": it.text}
	}
	return m{"chatDir": it.dir(s), "itemId": it.id, "sharedMsgId": it.shared, "sentAt": stamp(it.at), "content": content}
}

// isMessage reports whether somebody wrote it.
func (it *item) isMessage() bool {
	kind, _ := it.content["type"].(string)
	return kind == "sndMsgContent" || kind == "rcvMsgContent"
}
