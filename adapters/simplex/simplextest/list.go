package simplextest

import (
	"encoding/json"
	"slices"
	"strings"
)

var stats = m{"unreadCount": 0, "unreadMentions": 0, "reportsCount": 0, "minUnreadItemId": 0, "unreadChat": false}

// bare are items as a list of one chat has them.
func (s *Server) bare(items []*item) []any {
	list := []any{}
	for _, it := range items {
		list = append(list, it.json(s))
	}
	return list
}

func (t *text) getChat() action {
	where := t.ref("@#*")
	t.lit(" ")
	var after, before int64
	switch {
	case t.opt("after="):
		after = t.num()
		t.lit(" ")
	case t.opt("before="):
		before = t.num()
		t.lit(" ")
	}
	t.lit("count=")
	count := int(t.num())
	search := ""
	if t.opt(" search=") {
		search = strings.ToLower(t.line())
	}
	return func(o *op) (m, error) {
		c, err := o.chat(where)
		if err != nil {
			return nil, err
		}
		var items []*item
		for _, it := range c.items {
			if it.scope == where.scope && it.id > after && (before == 0 || it.id < before) && strings.Contains(strings.ToLower(it.text), search) {
				items = append(items, it)
			}
		}
		if count = min(count, len(items)); after > 0 {
			items = items[:count]
		} else {
			items = items[len(items)-count:]
		}
		return o.answer("apiChat", m{"chat": m{"chatInfo": c.info(o.Server, where.scope), "chatItems": o.bare(items), "chatStats": stats}})
	}
}

func (t *text) getChats() action {
	id := t.num()
	pending := t.opt(" pcc=on")
	t.lit(" count=")
	count := int(t.num())
	t.lit(" ")
	var query m
	t.json(&query)
	t.require(query["type"] == "filters" || query["type"] == "search")
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		search, _ := query["search"].(string)
		list := o.chatList(strings.ToLower(search), pending)
		return o.answer("apiChats", m{"chats": list[:min(count, len(list))]})
	}
}

// chatList are all chats of the profile, each with its last item.
func (o *op) chatList(search string, pending bool) []any {
	list := []any{}
	add := func(c *chat) {
		if strings.Contains(strings.ToLower(c.name()), search) {
			list = append(list, m{"chatInfo": c.info(o.Server, scope{}), "chatItems": o.bare(c.items[max(0, len(c.items)-1):]), "chatStats": stats})
		}
	}
	for _, c := range o.contacts {
		if c.user == o.user && c.status != "deletedByUser" {
			add(c.chat)
		}
	}
	for _, g := range o.groups {
		if g.user == o.user {
			add(g.chat)
		}
	}
	add(o.user.notes)
	for _, c := range o.pending {
		if pending && search == "" {
			list = append(list, m{"chatInfo": m{"type": "contactConnection", "contactConnection": c.json()}, "chatItems": []any{}, "chatStats": stats})
		}
	}
	return list
}

func (t *text) clearChat() action {
	where := t.ref("@#*")
	return func(o *op) (m, error) {
		c, err := o.chat(where)
		if err != nil {
			return nil, err
		}
		c.items = nil
		return o.answer("chatCleared", m{"chatInfo": c.info(o.Server, where.scope)})
	}
}

func (t *text) readChat(ranged bool) action {
	where := t.ref("@#*")
	if ranged && t.opt(" from=") {
		t.num()
		t.lit(" to=")
		t.num()
	}
	return func(o *op) (m, error) {
		if _, err := o.chat(where); err != nil {
			return nil, err
		}
		return o.cmdOk()
	}
}

func (t *text) forward() action {
	to := t.ref("@#*")
	t.lit(" ")
	from := t.ref("@#*")
	t.lit(" ")
	ids := t.ids()
	return func(o *op) (m, error) {
		c, err := o.sendable(to)
		if err != nil {
			return nil, err
		}
		var contents []m
		for _, id := range ids {
			it, err := o.itemIn(from, id)
			if err != nil {
				return nil, err
			}
			content, _ := it.content["msgContent"].(m)
			if content == nil || it.deleted != nil {
				return nil, failure("invalidForward", nil)
			}
			contents = append(contents, content)
		}
		var items []*item
		for _, content := range contents {
			items = append(items, o.send(c, to.scope, content))
		}
		o.later(func() { o.delivered(items) })
		return o.answer("newChatItems", m{"chatItems": o.pairs(items)})
	}
}

// createNotes puts items into the profile's own notes.
func (t *text) createNotes() action {
	where := t.ref("*")
	t.lit(" json ")
	var list []composed
	t.json(&list)
	t.require(len(list) > 0)
	for _, c := range list {
		t.require(validContent(c.MsgContent))
	}
	return func(o *op) (m, error) {
		c, err := o.chat(where)
		if err != nil {
			return nil, err
		}
		var items []*item
		for _, msg := range list {
			items = append(items, o.send(c, scope{}, msg.MsgContent))
		}
		return o.answer("newChatItems", m{"chatItems": o.pairs(items)})
	}
}

func (t *text) info() action {
	where := t.ref("@#")
	var memberID int64
	if where.kind == '#' {
		t.lit(" ")
		memberID = t.num()
	}
	return func(o *op) (m, error) {
		c, err := o.chat(where)
		if err != nil {
			return nil, err
		}
		if c.contact != nil {
			return o.answer("contactInfo", m{"contact": c.contact.json(o.Server)})
		}
		mb := c.group.member(memberID)
		if mb == nil {
			return nil, missing("groupMemberNotFound", m{"groupMemberId": memberID})
		}
		return o.answer("groupMemberInfo", m{"groupInfo": c.group.json(o.Server), "member": mb.json(o.Server)})
	}
}

// report is a message only moderators see.
func (t *text) report() action {
	id := t.groupID()
	t.lit(" ")
	itemID := t.num()
	t.lit(" reason=")
	reason := t.word("spam", "content", "community", "profile", "other")
	words := ""
	if t.opt(" ") {
		words = t.line()
	}
	return func(o *op) (m, error) {
		it, err := o.itemIn(ref{kind: '#', id: id}, itemID)
		if err != nil {
			return nil, err
		}
		sent := o.send(it.chat, scope{support: true}, m{"type": "report", "text": words, "reason": reason})
		sent.quote = it.quoteOf(o.Server)
		return o.answer("newChatItems", m{"chatItems": o.pairs([]*item{sent})})
	}
}

func (t *text) setAlias() action {
	where := t.ref("@#")
	if t.opt(" ") {
		t.line()
	}
	return func(o *op) (m, error) {
		c, err := o.chat(where)
		if err != nil {
			return nil, err
		}
		if c.group != nil {
			return o.answer("groupAliasUpdated", m{"toGroup": c.group.json(o.Server)})
		}
		return o.answer("contactAliasUpdated", m{"toContact": c.contact.json(o.Server)})
	}
}

func version(*op) (m, error) {
	return m{"type": "versionInfo", "versionInfo": m{"version": "7.0.0.0", "simplexmqVersion": "7.0.0.0", "simplexmqCommit": ""},
		"chatMigrations": []any{}, "agentMigrations": []any{}}, nil
}

func subscriptions(o *op) (m, error) {
	if o.offline {
		return m{"type": "agentSubs", "activeSubs": m{}, "pendingSubs": m{"smp://c2lt@smp.example.org": len(o.contacts) + len(o.groups)}, "removedSubs": m{}}, nil
	}
	return m{"type": "agentSubs", "activeSubs": m{"smp://c2lt@smp.example.org": len(o.contacts) + len(o.groups)}, "pendingSubs": m{}, "removedSubs": m{}}, nil
}

// A relay serves public groups.
type relay struct {
	id   int64
	name string
}

func (r *relay) json() m {
	return m{
		"chatRelayId": r.id, "address": "https://smp.example.org/r#" + r.name, "relayProfile": m{"displayName": r.name, "fullName": ""},
		"domains": []any{}, "preset": false, "enabled": true, "deleted": false,
	}
}

func (t *text) publicGroup() action {
	id := t.num()
	t.opt(" incognito=on")
	t.lit(" ")
	ids := t.ids()
	t.lit(" ")
	p := t.profile()
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		if failed := o.unknownRelays(ids); len(failed) > 0 {
			return o.answer("publicGroupCreationFailed", m{"addRelayResults": failed})
		}
		g := o.addGroup(o.user, p, "owner")
		g.link = &groupLink{id: o.id(), link: o.newLink("group"), role: "observer", key: o.secret("bGluaw")}
		o.addRelays(g, ids)
		return o.answer("publicGroupCreated", o.relayed(g))
	}
}

// unknownRelays are the results of adding those that do not exist.
func (o *op) unknownRelays(ids []int64) []any {
	var failed []any
	for _, id := range ids {
		if !slices.ContainsFunc(o.relays, func(r *relay) bool { return r.id == id }) {
			failed = append(failed, m{"relay": (&relay{id, "unknown"}).json(), "relayError": m(missing("userChatRelayNotFound", m{"chatRelayId": id}))})
		}
	}
	return failed
}

func (o *op) addRelays(g *group, ids []int64) {
	for _, id := range ids {
		r := o.relays[slices.IndexFunc(o.relays, func(r *relay) bool { return r.id == id })]
		mb := o.Server.addMember(g, m{"displayName": r.name, "fullName": ""}, "relay", "invitee", "connected")
		g.relays = append(g.relays, m{"groupRelayId": o.id(), "groupMemberId": mb.id, "userChatRelay": r.json(), "relayStatus": "active", "relayCap": m{}})
	}
}

func (o *op) relayed(g *group) m {
	list := []any{}
	for _, r := range g.relays {
		list = append(list, r)
	}
	return m{"groupInfo": g.json(o.Server), "groupLink": g.link.json(), "groupRelays": list}
}

func (t *text) getRelays() action {
	id := t.groupID()
	return func(o *op) (m, error) {
		g, err := o.group(id)
		if err != nil {
			return nil, err
		}
		list := []any{}
		for _, r := range g.relays {
			list = append(list, r)
		}
		return o.answer("groupRelays", m{"groupInfo": g.json(o.Server), "groupRelays": list})
	}
}

func (t *text) addGroupRelays() action {
	id := t.groupID()
	t.lit(" ")
	ids := t.ids()
	return func(o *op) (m, error) {
		g, err := o.groupAs(id, "owner")
		switch {
		case err != nil:
			return nil, err
		case g.link == nil:
			return nil, missing("groupLinkNotFound", m{"groupInfo": g.json(o.Server)})
		}
		if failed := o.unknownRelays(ids); len(failed) > 0 {
			return o.answer("groupRelaysAddFailed", m{"addRelayResults": failed})
		}
		o.addRelays(g, ids)
		return o.answer("groupRelaysAdded", o.relayed(g))
	}
}

// groupAnswer is a response about a group and nothing else.
func (t *text) groupAnswer(tag string, fields m) action {
	id := t.groupID()
	return func(o *op) (m, error) {
		g, err := o.group(id)
		if err != nil {
			return nil, err
		}
		f := tagged(tag, fields)
		f["groupInfo"] = g.json(o.Server)
		return o.answer(tag, f)
	}
}

func (t *text) serviceResponse() action {
	id := t.num()
	t.lit(" ")
	end := strings.IndexByte(t.rest, ' ')
	t.require(end > 0)
	if !t.bad {
		t.rest = t.rest[end+1:]
	}
	var data json.RawMessage
	t.json(&data)
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		return o.answer("serviceReplyAccepted", m{"connectionId": "Y29ubg=="})
	}
}

func (t *text) remoteControl() action {
	t.require(strings.HasPrefix(t.line(), "xrcp:/"))
	return func(*op) (m, error) {
		return m{"type": "remoteCtrlConnecting", "ctrlAppInfo": m{"deviceName": "desktop"}, "appVersion": "7.0.0.0"}, nil
	}
}

// remoteSession always has the same code.
func (t *text) remoteSession() action {
	code := t.line()
	return func(*op) (m, error) {
		if code != RemoteCode {
			return nil, refusal{"type": "errorRemoteCtrl", "remoteCtrlError": m{"type": "badVerificationCode"}}
		}
		return m{"type": "remoteCtrlConnected", "remoteCtrl": m{"remoteCtrlId": 1, "ctrlDeviceName": "desktop"}, "compression": false}, nil
	}
}

// RemoteCode is what a session of remote control has to be verified with.
const RemoteCode = "12345 67890"
