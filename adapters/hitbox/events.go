package hitbox

import (
	"encoding/json"
	"time"

	"botd/engine"
)

// origins say what becomes of what the server sends.
var origins = []engine.Origin{
	{Wire: "loginMsg", Kind: "connect", Doc: "After the first list of users."},
	{Wire: "chatMsg", Kind: "message", Doc: "With `history` for the backlog. `extra.text` is the text with the service's HTML, where it has some."},
	{Wire: "directMsg", Kind: "message", Doc: "With `private`."},
	{Wire: "infoMsg ban, banList", Kind: "ban"},
	{Wire: "banList", Kind: "unban", Doc: "Who is no longer on it."},
	{Wire: "infoMsg kickUser, kicked", Kind: "timeout"},
	{Wire: "infoMsg isAdmin", Kind: "role"},
	{Wire: "infoMsg isAdmin about the bot, userList", Kind: "access"},
	{Wire: "infoMsg subChannel", Kind: "notice", Doc: "`code` is `subChannel`, `user` who subscribed."},
	{Wire: "infoMsg directmsg", Kind: "message", Doc: "What the bot whispered: `private`, `self`; `extra.to` is to whom."},
	{Wire: "infoMsg", Kind: "notice", Doc: "Anything else; `warn` if it refuses what the bot said."},
	{Wire: "slowMsg", Kind: "mode", Doc: "`slow` or `subscribers_only`."},
	{Wire: "chatLog", Kind: "notice", Doc: "`code` is `chatLog`; `user` is whom it is about, such as a new follower."},
	{Wire: "userList", Kind: "users", Doc: "At the login, and when somebody's rank has changed. `extra.Guests` counts those not logged in."},
	{Wire: "userList", Kind: "join", Doc: "Derived, with `extra.synthetic`; also from a first message."},
	{Wire: "userList", Kind: "leave", Doc: "Derived, with `extra.synthetic`."},
	{Wire: "userInfo", Doc: "The answer to `user_info` and `getChannelUser`."},
	{Wire: "mediaLog", Doc: "The answer to `mediaLog`."},
	{Wire: "motdMsg", Kind: "topic", Doc: "The sticky message; an empty text removes it."},
	{Wire: "serverMsg resourceUpdate, hostModeUpdate", Kind: "stream", Doc: "`extra.type`, `extra.mode`, and `extra.media` with everything the service tells."},
	{Wire: "pollMsg", Kind: "poll", Doc: "Each change and vote. `extra.voters` are names."},
	{Wire: "raffleMsg, winnerRaffle, winnerMsg", Kind: "raffle", Doc: "Entries are known to admins only, and so is `email`, which needs the grant `contacts`."},
	{Wire: "infoMsg of the viewer-count server", Kind: "viewers", Doc: "`extra` has subscribers, followers, registered, embed, online."},
	{Wire: "anything else", Kind: "raw"},
}

func (l *link) onChat(p *chatParams) {
	m := newMember(string(p.Name), roleNames[string(p.Role)], p.marks, bool(p.IsOwner) || fold(string(p.Name)) == l.s.channel)
	if !bool(p.Buffer) && l.online {
		l.present(m)
		if l.isMe(m.user.Name) {
			l.setRole(m.role, "")
		}
	}
	msg := engine.Message{Text: plain(string(p.Text))}
	if validColor.MatchString(string(p.NameColor)) {
		msg.Color = "#" + string(p.NameColor)
	}
	ev := l.event(p.Time.Time, m.user, msg)
	ev.History = bool(p.Buffer)
	ev.Key = l.tally.key(p.Time.Time, bool(p.Buffer), "chat", fold(string(p.Name)), string(p.Text))
	ev.Extra = chatExtra(p, msg.Text)
	l.emit(ev)
}

// chatExtra is what only this network tells of a line, nil if nothing.
func chatExtra(p *chatParams, shown string) map[string]any {
	extra := map[string]any{}
	if string(p.Text) != shown {
		extra["text"] = string(p.Text)
	}
	if p.Media {
		extra["media"] = true
	}
	if p.Image != "" {
		extra["image"] = string(p.Image)
	}
	if len(extra) == 0 {
		return nil
	}
	return extra
}

func (l *link) onDirect(p *directParams) {
	who := l.person(string(p.From))
	msg := engine.Message{Text: plain(string(p.Text)), Private: true}
	if validColor.MatchString(string(p.NameColor)) {
		msg.Color = "#" + string(p.NameColor)
	}
	l.emit(l.event(p.Time.Time, who, msg))
}

// onMotd is sent at every join; what is known is not told again.
func (l *link) onMotd(p *motdParams) {
	t := plain(string(p.Text))
	known := l.s.sticky != nil && *l.s.sticky == t
	l.s.sticky = &t
	if !known {
		l.emit(l.event(p.Time.Time, l.person(string(p.Name)), engine.TopicSet{Text: t}))
	}
}

// onServer is a change of what is on, here or at the channel this one shows.
func (l *link) onServer(p *serverParams) {
	var content struct {
		Media json.RawMessage `json:"media"`
	}
	var m media
	var all any
	if json.Unmarshal(p.Text, &content) != nil || json.Unmarshal(content.Media, &m) != nil || json.Unmarshal(content.Media, &all) != nil {
		l.raw("serverMsg", string(p.Text))
		return
	}
	ev := l.event(p.Time.Time, engine.User{}, m.changed())
	ev.Extra = map[string]any{"type": string(p.Type), "media": all}
	if p.Mode != "" {
		ev.Extra["mode"] = string(p.Mode)
	}
	l.emit(ev)
}

// onLog is the log of the channel, which its owner and editors get.
func (l *link) onLog(p *infoParams) {
	var who engine.User
	if m := marked.FindStringSubmatch(string(p.Text)); m != nil {
		who = l.person(m[1])
	}
	ev := l.event(p.at(), who, engine.Notice{Text: plain(string(p.Text)), Code: "chatLog"})
	ev.History = bool(p.Buffer)
	ev.Key = l.tally.key(p.at(), bool(p.Buffer), "log", string(p.Text))
	l.emit(ev)
}

// mode emits a change of one of the two modes.
func (l *link) mode(at time.Time, name string, on bool, value float64) {
	l.emit(l.event(at, engine.User{}, engine.ModeChanged{Mode: name, On: on, Value: value}))
}
