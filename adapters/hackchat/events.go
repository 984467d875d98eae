package hackchat

import (
	"context"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"time"

	"botd/engine"
)

// maxRaw bounds a frame that is passed on as it came.
const maxRaw = 64 << 10

// receive handles one message of the server.
func (l *link) receive(b []byte) {
	if l.quitting() {
		return
	}
	f, err := decode(b)
	if err != nil {
		l.garbage(err)
		l.raw("", b)
		return
	}
	if l.settle(f) || l.quitting() {
		return
	}
	l.answerCall(f, b)
	l.handle(f, b)
}

// garbage is worth one warning for a connection.
func (l *link) garbage(err error) {
	level := slog.LevelDebug
	if l.bad == 0 {
		level = slog.LevelWarn
	}
	l.bad++
	l.s.log.Log(context.Background(), level, "a frame that is not of the protocol", "room", l.s.room, "err", err)
}

func (l *link) handle(f any, b []byte) {
	switch f := f.(type) {
	case *chatFrame:
		l.onChat(f)
	case *noticeFrame:
		if f.Warn {
			l.onWarn(f)
		} else {
			l.onInfo(f)
		}
	case *onlineAddFrame:
		l.onOnlineAdd(f)
	case *onlineRemoveFrame:
		l.onOnlineRemove(f)
	case *onlineSetFrame:
		l.onOnlineSet(f)
	case *updateUserFrame:
		l.onUpdateUser(f, b)
	case *emoteFrame:
		l.onEmote(&f.author, f.Text, f.at())
	case *editFrame:
		l.onEdit(f, b)
	case *directFrame:
		l.onDirect(f, b)
	case *captchaFrame:
		l.onCaptcha(f)
	case *sessionFrame:
		l.onSession(f)
	case *otherFrame:
		l.raw(f.Cmd, b)
	}
}

// onSession ends the greeting, and gives a token, which is a secret for the session alone.
func (l *link) onSession(f *sessionFrame) {
	if l.restoring && !f.Restored && l.me == nil {
		l.notBack()
		return
	}
	l.greeted = true
	if f.Token != "" {
		l.token = string(f.Token)
		l.noteToken()
	}
}

func (l *link) event(at time.Time, who *member, body engine.Body) engine.Event {
	ev := engine.Event{At: at, Room: engine.Room{ID: l.s.room}, Body: body}
	if who != nil {
		ev.User, ev.Extra, ev.Self = who.user, who.extra, who == l.me
	}
	return ev
}

func (l *link) raw(name string, b []byte) {
	data := strings.ToValidUTF8(string(b[:min(len(b), maxRaw)]), "\uFFFD")
	l.emit(l.event(time.Time{}, nil, engine.Raw{Name: strings.ToValidUTF8(name, "\uFFFD"), Data: data}))
}

// sender finds who a frame is from, and learns from it: the servers of 2018 show
// trips and rights only when somebody speaks.
func (l *link) sender(p *author) *member {
	old := l.roster.byID(p.UserID, p.Nick)
	if old == nil {
		return newMember(&person{author: *p}, time.Time{})
	}
	now := old.person
	if trip := p.Trip.trip(); trip != "" {
		now.Trip = word(trip)
	}
	if p.Level != 0 || p.Mod || p.Admin {
		now.Level = p.rights()
	}
	if now.Trip.trip() == old.user.Trip && now.rights() == old.level {
		return old
	}
	m := newMember(&now, old.user.Joined)
	l.swap(old, m)
	return m
}

// swap puts a new description of a member in the place of the old one, and tells
// the bot when its own rights changed.
func (l *link) swap(old, m *member) {
	l.mu.Lock()
	l.roster.replace(old, m)
	self := old == l.me
	if self {
		l.me = m
	}
	l.mu.Unlock()
	if self && old.level != m.level {
		l.access("")
	}
}

func (l *link) access(reason string) {
	l.mu.Lock()
	can, role := l.capsLocked().Can, l.me.user.Role
	l.mu.Unlock()
	l.emit(l.event(time.Time{}, nil, engine.AccessChanged{Role: role, Can: can, Reason: reason}))
}

func messageID(userid int64, customID string) engine.MessageID {
	if userid == 0 || customID == "" {
		return ""
	}
	return engine.MessageID(strconv.FormatInt(userid, 10) + "/" + customID)
}

func (l *link) onChat(f *chatFrame) {
	if f.ID != 0 {
		l.learn(gen2026)
	}
	m := l.sender(&f.author)
	id := messageID(f.UserID, string(f.CustomID))
	if id != "" {
		l.keepEdit(id, f.Text)
	}
	if m == l.me && !l.ownChat(f, id) {
		return
	}
	msg := engine.Message{ID: id, Text: f.Text}
	if f.Color != "" {
		msg.Color = "#" + string(f.Color)
	}
	l.emit(l.event(f.at(), m, msg))
}

// ownChat takes the echo of a message as its proof. It returns false if it proves
// that the bot is elsewhere.
func (l *link) ownChat(f *chatFrame, id engine.MessageID) bool {
	if !l.stillHere(f.Channel) {
		return false
	}
	muted := l.gen == gen2026 && f.ID == 0
	byText := f.CustomID == "" && (l.gen != gen2026 || muted)
	p, _ := l.asked.Take(func(p *pending) bool {
		return p.cmd == "chat" && (p.id != "" && p.id == string(f.CustomID) || byText && p.text == f.Text)
	})
	if muted != l.muted {
		l.muted = muted
		l.access(map[bool]string{true: "muted: only this address sees what the bot says"}[muted])
	}
	switch {
	case p == nil:
	case muted:
		p.finish(engine.Receipt{Status: engine.Failed, At: f.at(), Err: &engine.Error{
			Code: engine.Denied, Op: p.cmd, Msg: "the bot is muted: nobody else saw this"}})
	default:
		p.finish(engine.Receipt{Status: engine.Echoed, At: f.at(), Message: id})
	}
	return true
}

// proveUnlessMuted is prove for what the server pretends to do for a muted user.
// Whether the bot still is one shows only when it says something.
func (l *link) proveUnlessMuted(r engine.Receipt, match func(*pending) bool) {
	if !l.muted {
		l.prove(r, match)
		return
	}
	if p, ok := l.asked.Take(match); ok {
		p.finish(engine.Receipt{Status: engine.Unknown, At: r.At, Err: &engine.Error{
			Code: engine.Denied, Op: p.cmd, Msg: "the bot was muted when it last spoke"}})
	}
}

// stillHere compares the channel in an answer with ours.
func (l *link) stillHere(channel word) bool {
	if channel != "" && string(channel) != string(l.s.room) {
		l.kicked(string(channel))
		return false
	}
	l.seen = time.Now()
	return true
}

// learn raises the generation: 2026 shows only after the join.
func (l *link) learn(g generation) {
	if l.gen >= g || l.me == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gen = g
}

func (l *link) onEmote(p *author, text string, at time.Time) {
	m := l.sender(p)
	text = emoteText(p.Nick, text)
	if m == l.me {
		if !l.stillHere(p.Channel) {
			return
		}
		l.prove(engine.Receipt{At: at}, func(p *pending) bool { return p.cmd == "emote" && p.text == text })
	}
	l.emit(l.event(at, m, engine.Message{Text: text, Emote: true}))
}

// onDirect is a whisper or invite in the form of protocol 2, from one userid to
// another.
func (l *link) onDirect(f *directFrame, b []byte) {
	from, to := l.roster.byID(f.From, ""), l.roster.byID(f.To, "")
	if from == nil || to == nil || f.From == 0 || f.To == 0 {
		l.raw("", b)
		return
	}
	if f.InviteChannel != "" {
		l.invited(from, to, f.InviteChannel, f.at())
		return
	}
	l.whispered(from, to, f.Text, f.at())
}

// whispered is a whisper to the bot, or the echo of one of its own.
func (l *link) whispered(from, to *member, text string, at time.Time) {
	ev := l.event(at, from, engine.Message{Text: text, Private: true})
	if from == l.me {
		l.proveUnlessMuted(engine.Receipt{At: at}, func(p *pending) bool { return p.cmd == "whisper" && p.nick == to.Nick })
		ev.Extra = maps.Clone(ev.Extra)
		ev.Extra["to"] = to.Nick
	}
	l.emit(ev)
}

func (l *link) invited(from, to *member, channel string, at time.Time) {
	inv := engine.Invited{To: engine.RoomID(channel)}
	if from == l.me {
		inv.Target = to.user
		l.proveUnlessMuted(engine.Receipt{At: at, Answer: map[string]any{"channel": channel}}, func(p *pending) bool { return p.cmd == "invite" && p.nick == to.Nick })
	}
	l.emit(l.event(at, from, inv))
}
