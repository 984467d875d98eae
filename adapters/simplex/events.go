package simplex

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"botd/adapters/simplex/internal/api"
	"botd/engine"
)

// origin says what becomes of an event or answer. A handler reports whether it could make
// something of it; what it could not becomes raw.
type origin struct {
	kind engine.Kind
	doc  string
	told func(l *link, v *body) bool
}

// table has the events that become something, and the answers that are told like events,
// since the program tells nobody what the bot did itself.
var table = map[string]origin{
	"newChatItems":                {"message", "private in a chat with a contact; extra has `content` if it is more than text. Also what the bot said itself, as the answer to its command; other items become notices", (*link).onItems},
	"chatItemUpdated":             {"edit", "if the text differs; the end of a live message becomes its message", (*link).onUpdated},
	"chatItemReaction":            {"reaction", "", (*link).onReaction},
	"chatItemsDeleted":            {"delete", "the user is who moderated it", (*link).onDeletions},
	"groupChatItemsDeleted":       {"delete", "", (*link).onGroupDeletions},
	"receivedContactRequest":      {"contact", "a request: `contact` is the contactReqId that APIAcceptContact and APIRejectContact want", (*link).onRequest},
	"contactConnected":            {"contact", "a new contact; its chat becomes a room", (*link).onContact},
	"contactSndReady":             {"", "nothing new: contactConnected follows", func(*link, *body) bool { return true }},
	"acceptingBusinessRequest":    {"contact", "a customer; the group becomes a room", (*link).onCustomer},
	"contactDeletedByContact":     {"leave", "the contact has ended the connection", (*link).onContactGone},
	"contactUpdated":              {"rename", "if the name changed", (*link).onContactUpdated},
	"receivedGroupInvitation":     {"invite", "join the room to accept it", (*link).onInvitation},
	"userJoinedGroup":             {"connect", "the bot is in the group", (*link).onJoinedSelf},
	"joinedGroupMember":           {"join", "once for each member", (*link).onMember},
	"connectedToGroupMember":      {"join", "of those who were not there before the bot", (*link).onMember},
	"memberAcceptedByOther":       {"join", "a member who had to be admitted", (*link).onMember},
	"memberAccepted":              {"join", "a member the bot admitted", (*link).onMember},
	"leftMember":                  {"leave", "", (*link).onLeft},
	"leftMemberUser":              {"disconnect", "the bot has left", (*link).onGone},
	"deletedMember":               {"kick", "", (*link).onKicked},
	"userDeletedMembers":          {"kick", "by the bot", (*link).onKickedByUs},
	"deletedMemberUser":           {"disconnect", "the bot was removed; a kick of the bot comes first", (*link).onKickedSelf},
	"groupDeleted":                {"disconnect", "", (*link).onGone},
	"groupDeletedUser":            {"disconnect", "", (*link).onGone},
	"memberBlockedForAll":         {"mute", "or unmute: what a blocked member says is hidden for all", (*link).onBlocked},
	"membersBlockedForAllUser":    {"mute", "or unmute, by the bot", (*link).onBlocked},
	"memberRole":                  {"role", "with an access event if it is the bot's own", (*link).onRole},
	"membersRoleUser":             {"role", "by the bot", (*link).onRoles},
	"groupUpdated":                {"topic", "if the description changed, else a notice", (*link).onGroupUpdated},
	"groupMemberUpdated":          {"rename", "if the name changed", (*link).onMemberUpdated},
	"rcvFileDescrReady":           {"file", "offered", fileState("offered")},
	"rcvFileAccepted":             {"file", "receiving", fileState("receiving")},
	"rcvFileStart":                {"file", "receiving", fileState("receiving")},
	"rcvFileProgressXFTP":         {"file", "receiving, with how much is there", fileState("receiving")},
	"rcvFileComplete":             {"file", "received; extra has `path` in the session's folder", fileState("received")},
	"rcvFileSndCancelled":         {"file", "failed", fileState("failed")},
	"rcvFileCancelled":            {"file", "failed", fileState("failed")},
	"rcvFileError":                {"file", "failed", fileState("failed")},
	"rcvFileWarning":              {"file", "receiving", fileState("receiving")},
	"sndFileProgressXFTP":         {"file", "sending", fileState("sending")},
	"sndFileCompleteXFTP":         {"file", "sent", fileState("sent")},
	"sndFileError":                {"file", "failed", fileState("failed")},
	"sndFileWarning":              {"file", "sending", fileState("sending")},
	"sndFileCancelled":            {"file", "failed", fileState("failed")},
	"chatItemsStatusesUpdated":    {"error", "only what could not be delivered", (*link).onStatuses},
	"hostConnected":               {"notice", "a server of the network", host("hostConnected")},
	"hostDisconnected":            {"notice", "", host("hostDisconnected")},
	"subscriptionStatus":          {"notice", "", host("subscriptionStatus")},
	"messageError":                {"error", "", (*link).onMessageError},
	"chatError":                   {"error", "frequent where all is well, too: servers and others are offline", nil},
	"chatErrors":                  {"error", "the first of them", nil},
	"chatCmdError":                {"error", "an answer without the number of its command; others are the failure of the action", nil},
	"contactsList":                {"", "an answer", (*link).learnContacts},
	"groupsList":                  {"", "an answer", (*link).learnGroups},
	"groupMembers":                {"", "an answer", (*link).learnMembers},
	"groupCreated":                {"connect", "the bot made a group", (*link).onJoinedSelf},
	"userProfileUpdated":          {"", "an answer", (*link).onOwnProfile},
	"newMemberContactReceivedInv": {"", "a member opens a chat with the bot; contactConnected follows", (*link).learnMember},
	"sentGroupInvitation":         {"", "an answer; the member has not joined yet", (*link).learnMember},
}

// origins are what [engine.Adapter.Events] lists: the table, and the events beside it.
func origins() []engine.Origin {
	var list []engine.Origin
	seen := map[string]bool{}
	for _, e := range api.Load().Events {
		seen[e.Tag] = true
		o, known := table[e.Tag]
		if !known {
			o = origin{kind: "raw", doc: e.Doc}
		}
		list = append(list, engine.Origin{Wire: e.Tag, Kind: o.kind, Doc: o.doc})
	}
	var rest []string
	for tag := range table {
		if !seen[tag] {
			rest = append(rest, tag)
		}
	}
	slices.Sort(rest)
	for _, tag := range rest {
		list = append(list, engine.Origin{Wire: tag, Kind: table[tag].kind, Doc: table[tag].doc})
	}
	return append(list,
		engine.Origin{Wire: "newChatItems", Kind: "file", Doc: "offered, after the message it came with"},
		engine.Origin{Wire: "newChatItems", Kind: "notice", Doc: "what the program itself writes into a chat"},
		engine.Origin{Wire: "deletedMemberUser", Kind: "kick"},
		engine.Origin{Wire: "memberRole", Kind: "access", Doc: "what the bot may do from now on"},
		engine.Origin{Wire: "memberBlockedForAll", Kind: "unmute"},
		engine.Origin{Wire: "groupUpdated", Kind: "notice"},
		engine.Origin{Wire: "userJoinedGroup", Kind: "users", Doc: "before the connect event"},
		engine.Origin{Wire: "anything else", Kind: "raw", Doc: "the frame as it came"},
	)
}

// told makes events of a frame. Answers are told only where the table says so.
func (l *link) told(f api.Frame, v *body) {
	o, known := table[f.Tag]
	switch {
	case f.Err != nil && f.CorrID == "":
		e := asError(f.Err)
		l.emit(engine.Event{Body: engine.Failure{Code: e.Code, Message: f.Err.Name()}})
	case f.Err != nil:
	case f.CorrID == "" && v.User != nil && v.User.ID != l.s.userID(): // of another profile
	case known && o.told != nil && o.told(l, v):
	case f.CorrID == "":
		l.raw(f.Tag, f.Body)
	}
}

func (l *link) event(room engine.Room, who engine.User, b engine.Body) {
	l.s.mu.Lock()
	me := l.s.book.self(nil)
	l.s.mu.Unlock()
	l.emit(engine.Event{Room: room, User: who, Self: who.ID != "" && who.ID == me.ID, Body: b})
}

func (l *link) me(g *groupInfo) engine.User {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.s.book.self(g)
}

// onItems: one bad item does not stop the rest.
func (l *link) onItems(v *body) bool {
	for _, raw := range v.Items {
		var it item
		if lenient(json.Unmarshal(raw, &it)) != nil || !l.onItem(&it) {
			l.raw("newChatItems", raw)
		}
	}
	return len(v.Items) > 0
}

// author is who an item is of, and whether it is the bot's own.
func (l *link) author(i *item) (who engine.User, own bool) {
	switch i.Item.Dir.Type {
	case "directSnd", "groupSnd", "localSnd":
		return l.me(i.Info.Group), true
	case "directRcv":
		if i.Info.Contact != nil {
			return i.Info.Contact.user(), false
		}
	case "groupRcv":
		if i.Item.Dir.Member != nil {
			return i.Item.Dir.Member.user(), false
		}
	}
	return engine.User{}, false
}

// hearsRoom learns the chat of an item and says whether scripts want to know of it.
func (l *link) hearsRoom(i *chatInfo) bool {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	switch {
	case i.Contact != nil:
		l.s.book.contacts[i.Contact.ID] = i.Contact
		return true
	case i.Group != nil:
		l.s.book.learnGroup(i.Group)
		if ref, _ := i.ref(); ref.scope != "" {
			l.s.book.support[ref.String()] = ref
		}
		return l.s.hears(i.Group)
	}
	return false
}

// onItem tells of an item, once however often it comes.
func (l *link) onItem(i *item) bool {
	room, ok := i.Info.room()
	if !ok {
		return false
	}
	if !l.hearsRoom(&i.Info) {
		return true
	}
	who, own := l.author(i)
	m := &i.Item.Meta
	if l.s.told(room.ID, m) {
		return true
	}
	if m.ID != 0 {
		l.s.mu.Lock()
		l.s.book.seen.add(m.ID, engine.ServerTime(m.At))
		l.s.mu.Unlock()
	}
	if !i.Item.Content.isMessage() {
		l.emit(engine.Event{At: engine.ServerTime(m.At), Room: room, User: who, Self: own, Key: m.key(), Body: engine.Notice{Text: m.Text, Code: i.Item.Content.code()}})
		return true
	}
	l.s.mu.Lock()
	l.s.book.remember(m.ID, said{text: i.Item.Content.text(), live: m.Live && !own})
	l.s.mu.Unlock()
	if !m.Live || own { // a live message is told when it is whole
		l.message(room, who, own, i)
	}
	if f := i.Item.File; f != nil {
		l.offered(room, who, own, m.key(), f)
	}
	return true
}

// isMessage says whether somebody wrote it, as opposed to the program.
func (c *content) isMessage() bool { return c.Type == "rcvMsgContent" || c.Type == "sndMsgContent" }

// key is what makes an item the same one. Its number alone is not enough: a profile that is made
// anew counts from the beginning. Databases differ in how exactly they keep the time.
func (m *meta) key() string {
	if m.ID == 0 || m.At.IsZero() {
		return ""
	}
	return fmt.Sprintf("item %d %d", m.ID, m.At.Unix())
}

// told reports whether an item was told before, on this connection or another.
func (s *session) told(room engine.RoomID, m *meta) bool {
	key := m.key()
	return key != "" && s.env.Delivered != nil && s.env.Delivered(room, key)
}

// code names what a notice is about.
func (c *content) code() string {
	for _, inner := range []string{c.GroupEvent.Type, c.DirectEvent.Type, c.ConnEvent.Type} {
		if inner != "" {
			return c.Type + " " + inner
		}
	}
	return c.Type
}

func (l *link) message(room engine.Room, who engine.User, own bool, i *item) {
	m := &i.Item.Meta
	body := engine.Message{ID: messageID(m.ID), Text: i.Item.Content.text(), Private: i.Info.Contact != nil, MentionsMe: m.Mention}
	if i.Item.Quoted != nil && i.Item.Quoted.ItemID != 0 {
		body.ReplyTo = messageID(i.Item.Quoted.ItemID)
	}
	ev := engine.Event{At: engine.ServerTime(m.At), Room: room, User: who, Self: own, Key: m.key(), History: !own && l.old(i), Body: body}
	if kind, _ := i.Item.Content.Msg["type"].(string); kind != "text" {
		ev.Extra = map[string]any{"content": any(clone(i.Item.Content.Msg))}
	}
	l.emit(ev)
}

// old says whether an item is from before the bot was in the group, or too old to be
// answered.
func (l *link) old(i *item) bool {
	at := i.Item.Meta.At
	if at.IsZero() {
		return false
	}
	if g := i.Info.Group; g != nil && !g.Membership.CreatedAt.IsZero() && at.Before(g.Membership.CreatedAt) {
		return true
	}
	return l.s.settings.Backlog > 0 && time.Since(at) > l.s.settings.Backlog
}

func (l *link) onUpdated(v *body) bool {
	if v.Item == nil {
		return false
	}
	room, ok := v.Item.Info.room()
	if !ok {
		return false
	}
	m := &v.Item.Item.Meta
	text := v.Item.Item.Content.text()
	who, own := l.author(v.Item)
	l.s.mu.Lock()
	before, known := l.s.book.remember(m.ID, said{text: text, live: m.Live && !own})
	l.s.mu.Unlock()
	switch {
	case !l.hearsRoom(&v.Item.Info), m.Live && !own, known && !before.live && before.text == text, !known && !m.Edited:
	case before.live:
		l.message(room, who, own, v.Item)
	default:
		l.event(room, who, engine.Edited{ID: messageID(m.ID), Text: text})
	}
	return true
}

func (l *link) onReaction(v *body) bool {
	r := v.Reaction
	if r == nil {
		return false
	}
	room, ok := r.Info.room()
	if !ok || r.Reaction.Reaction.Emoji == "" {
		return false
	}
	by := &item{Info: r.Info}
	by.Item.Dir.Type, by.Item.Dir.Member = r.Reaction.Dir.Type, r.Reaction.Dir.Member
	who, _ := l.author(by)
	if l.hearsRoom(&r.Info) {
		l.event(room, who, engine.Reacted{ID: messageID(r.Reaction.Item.Meta.ID), Emoji: r.Reaction.Reaction.Emoji, Removed: !v.Added})
	}
	return true
}

func (l *link) onDeletions(v *body) bool {
	for i := range v.Deletions {
		d := &v.Deletions[i]
		room, ok := d.Item.Info.room()
		if !ok || !l.hearsRoom(&d.Item.Info) {
			continue
		}
		author, _ := l.author(&d.Item)
		who, reason := author, ""
		switch {
		case v.Timed:
			who, reason = engine.User{}, "expired"
		case v.ByUser:
			who = l.me(d.Item.Info.Group)
		case d.To != nil && d.To.Item.Meta.Deleted != nil && d.To.Item.Meta.Deleted.By != nil:
			who = d.To.Item.Meta.Deleted.By.user()
		}
		l.event(room, who, engine.Deleted{ID: messageID(d.Item.Item.Meta.ID), Author: author, Reason: reason})
	}
	return len(v.Deletions) > 0
}

func (l *link) onGroupDeletions(v *body) bool {
	return l.inGroup(v, func(room engine.Room) {
		who := engine.User{}
		switch {
		case v.ByUser:
			who = l.me(v.Group)
		case v.Actor != nil:
			who = v.Actor.user()
		}
		for _, id := range v.ItemIDs {
			l.event(room, who, engine.Deleted{ID: messageID(id)})
		}
	})
}

func (l *link) onStatuses(v *body) bool {
	for _, raw := range v.Items {
		var it item
		if lenient(json.Unmarshal(raw, &it)) != nil {
			continue
		}
		room, ok := it.Info.room()
		if status := it.Item.Meta.Status.Type; ok && (status == "sndError" || status == "sndErrorAuth") {
			l.emit(engine.Event{Room: room, Body: engine.Failure{Code: engine.Denied, Message: fmt.Sprintf("message %d was not delivered", it.Item.Meta.ID)},
				Extra: map[string]any{"message_id": string(messageID(it.Item.Meta.ID)), "itemStatus": status}})
		}
	}
	return true
}

// host makes a handler for what happens between the program and the servers.
func host(code string) func(*link, *body) bool {
	return func(l *link, v *body) bool {
		text := v.TransportHost
		if v.Server != "" {
			text = v.Server + " " + v.Subscription.Type
		}
		l.emit(engine.Event{Body: engine.Notice{Text: text, Code: code}})
		return true
	}
}

func (l *link) onMessageError(v *body) bool {
	l.emit(engine.Event{Body: engine.Failure{Code: engine.Internal, Message: v.Severity + ": " + v.ErrorMessage}})
	return true
}
