package simplex

import (
	"context"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"botd/adapters/simplex/internal/api"
	"botd/engine"
)

// Do implements [engine.Session].
func (s *session) Do(ctx context.Context, a engine.Action, done func(engine.Receipt)) {
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	j, err := s.plan(ctx, l, a)
	if err != nil {
		e := *engine.AsError(err)
		if e.Op == "" {
			e.Op = engine.ActionName(a)
		}
		rc := engine.Fail(&e)
		rc.At = time.Now().UTC().Round(0)
		done(rc)
		return
	}
	if j.op == "" {
		j.op = engine.ActionName(a)
	}
	j.done = done
	l.put(ctx, j)
}

func (s *session) plan(ctx context.Context, l *link, a engine.Action) (*job, error) {
	if !everything.Has(a.Needs()) {
		return nil, engine.UnsupportedError(a)
	}
	if l == nil {
		return nil, notConnected()
	}
	if err := ctx.Err(); err != nil {
		return nil, &engine.Error{Code: engine.Cancelled, Msg: "given up before it was sent", Err: err}
	}
	switch a := a.(type) {
	case engine.Call:
		return l.planCall(a)
	case engine.Join:
		return l.planJoin(a)
	case engine.Rename:
		return l.planRename(a)
	case engine.ReceiveFile:
		if a.Room == "" { // its number says where it was offered
			return l.planReceiveFile(a)
		}
	}
	s.mu.Lock()
	r, err := s.book.resolve(a.In())
	s.mu.Unlock()
	if w, ok := a.(engine.Whisper); ok {
		return l.planWhisper(w)
	}
	if err != nil {
		return nil, err
	}
	if !s.Caps(a.In()).Can.Has(a.Needs()) {
		if r.kind == '@' {
			return nil, engine.UnsupportedError(a)
		}
		return nil, engine.Errorf(engine.Denied, "the bot's role in %s is too low to %s", a.In(), a.Needs())
	}
	return l.planIn(r, a)
}

// planIn makes a job of an action in a chat.
func (l *link) planIn(r chatRef, a engine.Action) (*job, error) {
	switch a := a.(type) {
	case engine.Say:
		return l.planSay(r, a.Text, a.ReplyTo)
	case engine.Edit:
		return l.planEdit(r, a)
	case engine.Delete:
		return l.planDelete(r, a)
	case engine.React:
		return l.planReact(r, a)
	case engine.Kick:
		return l.planOn(r, a.User, "APIRemoveMembers", map[string]any{"withMessages": l.s.settings.KickDeletes})
	case engine.Mute:
		return l.planOn(r, a.User, "APIBlockMembersForAll", map[string]any{"blocked": true})
	case engine.Unmute:
		return l.planOn(r, a.User, "APIBlockMembersForAll", map[string]any{"blocked": false})
	case engine.SetRole:
		return l.planRole(r, a)
	case engine.SetTopic:
		return l.planTopic(r, a.Text)
	case engine.Invite:
		return l.planInvite(r, a)
	case engine.Leave:
		return l.do("APILeaveGroup", map[string]any{"groupId": r.id})
	case engine.ListUsers:
		return l.planUsers(r, nil)
	case engine.UserInfo:
		return l.planUsers(r, &a.User)
	case engine.SendFile:
		return l.planSendFile(r, a)
	case engine.ReceiveFile:
		return l.planReceiveFile(a)
	}
	return nil, engine.UnsupportedError(a)
}

// do is a job of one command that is known now.
func (l *link) do(name string, params map[string]any) (*job, error) {
	text, err := api.Load().Command(name).Encode(params)
	return &job{wait: waitOf(name), write: func(*link) (string, error) { return text, nil }}, err
}

// later is a job whose parameters are known when it is its turn.
func (l *link) later(name string, params func() (map[string]any, error)) *job {
	return &job{wait: waitOf(name), write: func(*link) (string, error) {
		p, err := params()
		if err != nil {
			return "", err
		}
		return api.Load().Command(name).Encode(p)
	}}
}

// said1 is the receipt of what was said: the first message's ID.
func said1(v *body) engine.Receipt {
	rc := engine.Receipt{Status: engine.Echoed}
	var first item
	if len(v.Items) > 0 && lenient(json.Unmarshal(v.Items[0], &first)) == nil && first.Item.Meta.ID != 0 {
		rc.Message = messageID(first.Item.Meta.ID)
	}
	return rc
}

func messageID(id int64) engine.MessageID { return engine.MessageID(strconv.FormatInt(id, 10)) }

func itemID(id engine.MessageID) (int64, error) {
	n, err := strconv.ParseInt(string(id), 10, 64)
	if err != nil || n <= 0 {
		return 0, engine.Errorf(engine.Invalid, "%q is no ID of a message here", id)
	}
	return n, nil
}

// textMessage is a message of a text, with the members it mentions.
func (l *link) textMessage(r chatRef, text string) map[string]any {
	return map[string]any{"msgContent": map[string]any{"type": "text", "text": text}, "mentions": l.mentions(r, text)}
}

// maxMentions is how many the network takes.
const maxMentions = 3

var mentionForm = regexp.MustCompile(`@(?:'([^']+)'|([\p{L}\p{N}_.-]+))`)

// mentions are the members of a group whose names stand in a text behind an @.
func (l *link) mentions(r chatRef, text string) map[string]any {
	out := map[string]any{}
	if r.kind != '#' {
		return out
	}
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	for _, m := range mentionForm.FindAllStringSubmatch(text, -1) {
		name := m[1] + m[2]
		for _, who := range l.s.book.groups[r.id].members {
			if len(out) < maxMentions && who.present() && who.Profile.DisplayName == name {
				out[name] = who.ID
			}
		}
	}
	return out
}

func (l *link) planSay(r chatRef, text string, replyTo engine.MessageID) (*job, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	parts := []string{text}
	var quoted int64
	if replyTo != "" {
		var err error
		if quoted, err = itemID(replyTo); err != nil {
			return nil, err
		}
		l.s.mu.Lock()
		room := maxEncoded - envelope - encodedLen(l.s.book.texts[quoted].text) // a quotation counts, too
		l.s.mu.Unlock()
		parts = split(text, min(maxText, max(room, envelope)))
	}
	messages := []any{}
	for i, p := range parts {
		m := l.textMessage(r, p)
		if i == 0 && quoted != 0 {
			m["quotedItemId"] = quoted
		}
		messages = append(messages, m)
	}
	return l.send(r, messages)
}

func (l *link) send(r chatRef, messages []any) (*job, error) {
	j, err := l.do("APISendMessages", map[string]any{"sendRef": r.String(), "composedMessages": messages})
	if err == nil {
		j.finish = func(v *body, _ api.Frame) engine.Receipt { return said1(v) }
	}
	return j, err
}

func (l *link) planWhisper(a engine.Whisper) (*job, error) {
	l.s.mu.Lock()
	c, ok := l.s.book.findContact(a.User)
	if r, err := l.s.book.resolve(a.Room); !ok && err == nil && r.kind == '#' {
		if m, found := l.s.book.groups[r.id].find(a.User); found && m.ContactID != 0 {
			c, ok = &contact{ID: m.ContactID}, true
		}
	}
	l.s.mu.Unlock()
	if !ok {
		return nil, engine.Errorf(engine.NotFound, "%s%s is no contact of the bot: only contacts can be written to in private", a.User.Name, a.User.ID)
	}
	return l.planSay(chatRef{'@', c.ID, ""}, a.Text, "")
}

func (l *link) planEdit(r chatRef, a engine.Edit) (*job, error) {
	id, err := itemID(a.Message)
	if err != nil {
		return nil, err
	}
	text := a.Text
	if a.Append {
		l.s.mu.Lock()
		before, known := l.s.book.texts[id]
		l.s.mu.Unlock()
		if !known {
			return nil, engine.Errorf(engine.NotFound, "the text of message %s is not known any more; give the whole new one", a.Message)
		}
		text = before.text + text
	}
	if err := checkText(text); err != nil {
		return nil, err
	}
	return l.do("APIUpdateChatItem", map[string]any{"chatRef": r.String(), "chatItemId": id, "updatedMessage": l.textMessage(r, text)})
}

func (l *link) planDelete(r chatRef, a engine.Delete) (*job, error) {
	id, err := itemID(a.Message)
	if err != nil {
		return nil, err
	}
	if a.Own {
		return l.do("APIDeleteChatItem", map[string]any{"chatRef": r.String(), "chatItemIds": []any{id}, "deleteMode": "broadcast"})
	}
	return l.do("APIDeleteMemberChatItem", map[string]any{"groupId": r.id, "chatItemIds": []any{id}})
}

func (l *link) planReact(r chatRef, a engine.React) (*job, error) {
	id, err := itemID(a.Message)
	if err != nil {
		return nil, err
	}
	emoji := strings.TrimSuffix(a.Emoji, "\uFE0F")
	allowed := api.Load().Type("MsgReaction").Emoji
	for _, e := range allowed {
		if e == emoji {
			return l.do("APIChatItemReaction", map[string]any{"chatRef": r.String(), "chatItemId": id, "add": !a.Remove,
				"reaction": map[string]any{"type": "emoji", "emoji": emoji}})
		}
	}
	return nil, engine.Errorf(engine.Invalid, "%q is no reaction here; there are %s", a.Emoji, strings.Join(allowed, " "))
}

// planOn is a command about a member of a group.
func (l *link) planOn(r chatRef, ref engine.UserRef, name string, params map[string]any) (*job, error) {
	l.s.mu.Lock()
	m, ok := l.s.book.groups[r.id].find(ref)
	l.s.mu.Unlock()
	if !ok {
		return nil, engine.Errorf(engine.NotFound, "%s%s is not a member of %s", ref.Name, ref.ID, r)
	}
	params["groupId"], params["groupMemberIds"] = r.id, []any{m.ID}
	return l.do(name, params)
}

func (l *link) planRole(r chatRef, a engine.SetRole) (*job, error) {
	role := roleNames[a.Role]
	switch {
	case role == "":
		return nil, engine.Errorf(engine.Unsupported, "SimpleX has no role for a %s; there are guest (observer), user (member), moderator, admin and owner", a.Role)
	case a.Revoke && a.Role == engine.Member:
		role = "observer"
	case a.Revoke:
		role = "member"
	}
	return l.planOn(r, a.User, "APIMembersRole", map[string]any{"memberRole": role})
}

// planTopic changes the description and sends the rest of the profile back as it is.
func (l *link) planTopic(r chatRef, text string) (*job, error) {
	return l.later("APIUpdateGroupProfile", func() (map[string]any, error) {
		profile := clone(l.s.book.groups[r.id].info.Profile)
		profile["description"] = text
		if profile["fullName"] == nil {
			profile["fullName"] = ""
		}
		return map[string]any{"groupId": r.id, "groupProfile": profile}, nil
	}), nil
}

func (l *link) planInvite(r chatRef, a engine.Invite) (*job, error) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	c, ok := l.s.book.findContact(a.User)
	if !ok {
		return nil, engine.Errorf(engine.NotFound, "%s%s is no contact of the bot: only contacts can be invited", a.User.Name, a.User.ID)
	}
	if a.To != "" {
		var err error
		if r, err = l.s.book.resolve(a.To); err != nil {
			return nil, err
		}
	}
	if r.kind != '#' {
		return nil, engine.Errorf(engine.Invalid, "%s is no group", r)
	}
	return l.do("APIAddMember", map[string]any{"groupId": r.id, "contactId": c.ID, "memberRole": "member"})
}

// planJoin accepts an invitation, follows a link, or listens to a group the bot is in.
func (l *link) planJoin(a engine.Join) (*job, error) {
	call := engine.Call{Name: "Connect", Params: map[string]any{"connTarget_": string(a.Room)}}
	if strings.Contains(string(a.Room), ":/") {
		return l.planCall(call)
	}
	l.s.mu.Lock()
	r, err := l.s.book.resolve(a.Room)
	invited := false
	if err == nil && r.kind == '#' {
		l.s.book.joined[r.id] = true
		invited = !l.s.book.groups[r.id].info.Membership.present()
	}
	l.s.mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case invited:
		return l.do("APIJoinGroup", map[string]any{"groupId": r.id})
	case r.kind == '@':
		j, err := l.do("ShowActiveUser", nil)
		j.finish = func(*body, api.Frame) engine.Receipt {
			l.enterContact(l.s.contact(r.id))
			return engine.Receipt{Status: engine.Echoed}
		}
		return j, err
	}
	j, err := l.do("APIListMembers", map[string]any{"groupId": r.id})
	j.finish = func(*body, api.Frame) engine.Receipt {
		l.enterGroup(r.id)
		return engine.Receipt{Status: engine.Echoed}
	}
	return j, err
}

func (s *session) contact(id int64) *contact {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.book.contacts[id]
}

// planRename changes the profile: the bot has one name for all chats.
func (l *link) planRename(a engine.Rename) (*job, error) {
	profile := l.s.profile()
	profile["displayName"] = a.Name
	return l.do("APIUpdateProfile", map[string]any{"userId": l.s.userID(), "profile": profile})
}

// planUsers asks who is in a chat, or about one of them.
func (l *link) planUsers(r chatRef, who *engine.UserRef) (*job, error) {
	name, params := "APIListMembers", map[string]any{"groupId": r.id}
	if r.kind == '@' {
		name, params = "APIListContacts", map[string]any{"userId": l.s.userID()}
	}
	j, err := l.do(name, params)
	if err != nil {
		return nil, err
	}
	j.finish = func(*body, api.Frame) engine.Receipt {
		l.s.mu.Lock()
		defer l.s.mu.Unlock()
		users := l.s.book.users(r)
		if who == nil {
			return engine.Receipt{Status: engine.Echoed, Users: users}
		}
		for _, u := range users {
			if who.ID != "" && u.ID == who.ID || who.ID == "" && u.Name == who.Name {
				return engine.Receipt{Status: engine.Echoed, Users: []engine.User{u}, Answer: l.s.book.about(r, u)}
			}
		}
		return engine.Fail(engine.Errorf(engine.NotFound, "%s%s is not in %s", who.Name, who.ID, r))
	}
	return j, nil
}

// users are those in a chat, the bot among them.
func (b *book) users(r chatRef) []engine.User {
	if g := b.groups[r.id]; r.kind == '#' && g != nil {
		return append(g.users(), b.self(g.info))
	}
	if c := b.contacts[r.id]; r.kind == '@' && c != nil {
		return []engine.User{c.user(), b.self(nil)}
	}
	return nil
}

// about is what else is known of somebody.
func (b *book) about(r chatRef, u engine.User) any {
	if c, ok := b.findContact(u.Ref()); ok {
		return map[string]any{"contactId": float64(c.ID), "customData": any(clone(c.CustomData))}
	}
	if g := b.groups[r.id]; r.kind == '#' && g != nil {
		if m, ok := g.find(u.Ref()); ok {
			return map[string]any{"groupMemberId": float64(m.ID), "memberId": m.MemberID, "memberStatus": m.Status, "blockedByAdmin": m.Blocked}
		}
	}
	return nil
}
