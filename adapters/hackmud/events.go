package hackmud

import (
	"regexp"
	"slices"
	"strings"

	"botd/engine"
)

// origins is what becomes of what is on the wire.
var origins = []engine.Origin{
	{Wire: "chats: message with channel", Kind: "message"},
	{Wire: "chats: message without channel", Kind: "message", Doc: "a tell: private, in a room of its own, tell:OWN:OTHER"},
	{Wire: "chats: is_join", Kind: "join"},
	{Wire: "chats: is_leave", Kind: "leave"},
	{Wire: "chats: anything else", Kind: "raw"},
	{Wire: "account_data", Kind: "users", Doc: "when an own user comes into a channel, after a gap, and after an outage"},
	{Wire: "account_data: a member that no message told of", Kind: "join", Doc: "with extra.synthetic"},
	{Wire: "account_data: a member that is gone", Kind: "leave", Doc: "with extra.synthetic"},
	{Wire: "account_data: a channel of an own user", Kind: "connect"},
	{Wire: "account_data: a channel no own user is in any more", Kind: "disconnect"},
	{Wire: "an outage that passed ten minutes", Kind: "gap"},
	{Wire: "a token near its end", Kind: "notice", Doc: "with code token_expires"},
	{Wire: "a user or channel that is not there", Kind: "error"},
}

var mention = regexp.MustCompile(`@([a-z_][a-z_0-9]{0,24})`)

// event translates a message. own are the session's users.
func event(it *received, own []string) engine.Event {
	ev := engine.Event{At: it.T.time(), Room: engine.Room{ID: engine.RoomID(it.Channel)}, User: userOf(clean(it.From)), Key: it.key.String(), Extra: extra(it)}
	if it.odd != "" {
		const most = 64 << 10
		ev.Room, ev.User, ev.Extra = engine.Room{}, engine.User{}, nil
		ev.Body = engine.Raw{Name: chats, Data: strings.ToValidUTF8(it.odd[:min(len(it.odd), most)], "\uFFFD")}
		return ev
	}
	ev.Self = slices.Contains(own, it.From)
	switch it.kind() {
	case "join":
		ev.Body = engine.Joined{}
	case "leave":
		ev.Body = engine.Left{}
	case "tell":
		ev.Room = conversation(it, ev.Self)
		ev.Body = engine.Message{ID: engine.MessageID(ev.Key), Text: plain(it.Msg), Private: true, MentionsMe: mentions(it.Msg, own)}
	default:
		ev.Body = engine.Message{ID: engine.MessageID(ev.Key), Text: plain(it.Msg), MentionsMe: mentions(it.Msg, own)}
	}
	ev.History = it.backlog
	return ev
}

// conversation is the room of a tell: one for each own user and each other.
func conversation(it *received, self bool) engine.Room {
	own, other := it.To, it.From
	if self {
		own, other = it.From, it.To
	}
	return engine.Room{ID: tellRoom(own, other), Name: other}
}

func mentions(text string, own []string) bool {
	for _, m := range mention.FindAllStringSubmatch(strings.ToLower(strip(text)), -1) {
		if slices.Contains(own, m[1]) {
			return true
		}
	}
	return false
}

// extra holds the message as it was on the wire, and what is known of its way.
func extra(it *received) map[string]any {
	receivers := make([]any, len(it.receivers))
	for i, r := range it.receivers {
		receivers[i] = r
	}
	out := map[string]any{
		"id": clean(it.ID), "t": float64(it.T) / 1000, "msg": strings.ToValidUTF8(it.Msg, "\uFFFD"), "receivers": receivers,
	}
	if it.To != "" {
		out["to_user"] = clean(it.To)
	}
	for name, is := range map[string]bool{"late": it.late, "backlog": it.backlog} {
		if is {
			out[name] = true
		}
	}
	return out
}

// synthetic is a join or leave that only account_data told of. When it was is not known.
func (c change) event(own []string) engine.Event {
	ev := engine.Event{
		Room: engine.Room{ID: engine.RoomID(c.channel)}, User: userOf(c.user), Self: slices.Contains(own, c.user),
		Extra: map[string]any{"synthetic": true}, Body: engine.Left{},
	}
	if c.joined {
		ev.Body = engine.Joined{}
	}
	return ev
}
