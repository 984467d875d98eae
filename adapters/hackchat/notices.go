package hackchat

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"botd/engine"
)

// onInfo finds out what the server means to say: everything without a frame of its
// own comes as text.
func (l *link) onInfo(f *noticeFrame) {
	if f.ID != 0 {
		l.learn(gen2026)
	}
	switch f.Type {
	case "whisper":
		l.onWhisperInfo(f)
		return
	case "invite":
		l.onInviteInfo(f)
		return
	case "emote":
		if m := emoteStart.FindStringSubmatch(f.Text); m != nil {
			l.onEmote(&author{Nick: m[1]}, f.Text, f.at())
			return
		}
	}
	if f.Text == l.renamed && f.Text != "" {
		l.renamed = "" // the event is out
		return
	}
	if l.motd(f) {
		return
	}
	for _, n := range notices {
		if f.ID != 0 && !slices.Contains(n.ids, f.ID) {
			continue
		}
		if m := n.text.FindStringSubmatch(f.Text); m != nil && n.handle(l, f, m) {
			return
		}
	}
	l.notice(f)
}

// notice passes the server's text on.
func (l *link) notice(f *noticeFrame) {
	n := engine.Notice{Text: f.Text, Warn: f.Warn}
	if f.ID != 0 {
		n.Code = strconv.Itoa(f.ID)
	}
	l.emit(l.event(f.at(), nil, n))
}

// motd is the greeting after a join. In 2025 it has no number and is known by its
// place, between the roster and the session frame.
func (l *link) motd(f *noticeFrame) bool {
	first := l.me != nil && l.gen >= gen2025 && !l.greeted && f.ID == 0
	if f.ID != 1304 && !first {
		return false
	}
	l.greeted = true
	l.emit(l.event(f.at(), nil, engine.TopicSet{Text: f.Text, MOTD: true}))
	return true
}

var (
	emoteStart   = regexp.MustCompile(`^@(\w{1,24})`)
	whisperEcho  = regexp.MustCompile(`(?s)^You whispered to @(\w{1,24}): (.*)$`)
	inviteEcho   = regexp.MustCompile(`(?s)^You invited (\w{1,24}) to \?(.*)$`)
	inviteText   = regexp.MustCompile(`(?s)^(\w{1,24}) invited you to \?(.*)$`)
	kickedText   = regexp.MustCompile(`^Kicked (\w{1,24}(?:, \w{1,24})*)$`)
	statsText    = regexp.MustCompile(`^(\d+) unique IPs in (\d+) channels$`)
	banishedText = regexp.MustCompile(`(?s)^(\w{1,24}) was banished to \?(.*)$`)
)

// somebody finds a nick's owner, or makes do with the nick.
func (l *link) somebody(nick, trip string) *member {
	if m := l.roster.byNick(nick); m != nil {
		return m
	}
	return newMember(&person{author: author{Nick: nick, Trip: word(trip)}}, time.Time{})
}

func (l *link) onWhisperInfo(f *noticeFrame) {
	if l.me == nil {
		l.notice(f)
		return
	}
	if f.From.Nick != "" {
		text := strings.TrimPrefix(f.Text, f.From.Nick+" whispered: ")
		from := l.somebody(f.From.Nick, f.Trip.trip())
		ev := l.event(f.at(), from, engine.Message{Text: text, Private: true})
		l.emit(ev)
		return
	}
	m := whisperEcho.FindStringSubmatch(f.Text)
	if m == nil {
		l.notice(f)
		return
	}
	if l.stillHere(f.Channel) {
		l.whispered(l.me, l.somebody(m[1], ""), m[2], f.at())
	}
}

func (l *link) onInviteInfo(f *noticeFrame) {
	switch {
	case l.me == nil:
		l.notice(f)
	case f.From.Nick != "":
		from := l.somebody(f.From.Nick, "")
		l.emit(l.event(f.at(), from, engine.Invited{To: engine.RoomID(f.InviteChannel)}))
	default:
		if m := inviteEcho.FindStringSubmatch(f.Text); m != nil {
			l.invited(l.me, l.somebody(m[1], ""), m[2], f.at())
			return
		}
		l.notice(f)
	}
}

// noticeKind is a text with a meaning. Handle returns false if it was not meant.
type noticeKind struct {
	ids    []int // of 2026
	text   *regexp.Regexp
	handle func(*link, *noticeFrame, []string) bool
}

const (
	actor = `^(\w{1,24})(?:#\S+)? `
	lock  = ` by \[.*\](\w{1,24})$`
)

var notices = []noticeKind{
	{[]int{1306}, statsText, (*link).onStats},
	{[]int{1204}, banishedText, (*link).onBanished},
	{[]int{1205}, kickedText, (*link).onKicked},
	{[]int{1201}, regexp.MustCompile(`^Banned (\w{1,24})$`), (*link).onBannedShort},
	{[]int{1202}, regexp.MustCompile(actor + `banned (\w{1,24}) in (.*), userhash: (\S+)$`), (*link).onBanned},
	{[]int{1203}, regexp.MustCompile(actor + `muzzled (\w{1,24}) in (.*), userhash: (\S+)$`), (*link).onMuzzled},
	{[]int{1209}, regexp.MustCompile(actor + `unmuzzled : (\S+)$`), (*link).onUnmuzzled},
	{[]int{1210}, regexp.MustCompile(`^Unbanned (\S+)$`), (*link).onOwnUnban},
	{[]int{1211}, regexp.MustCompile(actor + `unbanned: (\S+)$`), (*link).onUnbanned},
	{[]int{1206, 1207}, regexp.MustCompile(`(?s)^Channel: \?(.*) locked to (\d+)` + lock), (*link).onLocked},
	{[]int{1214}, regexp.MustCompile(`(?s)^Channel: \?(.*) unlocked` + lock), (*link).onUnlocked},
	{[]int{1402, 1404}, regexp.MustCompile(`(?s)^Captcha (enabled|disabled) on: (.*)$`), (*link).onCaptchaMode},
	{[]int{1101}, regexp.MustCompile(`^You are now a mod\.$`), (*link).onPromoted},
	{nil, inviteText, (*link).onOldInvite},
	{nil, inviteEcho, (*link).onOldInviteEcho},
}

// onStats tells where the bot is, whoever asked.
func (l *link) onStats(f *noticeFrame, _ []string) bool {
	if l.me == nil {
		return false
	}
	p, _ := l.asked.Take(func(p *pending) bool { return p.cmd == "stats" && p.own() })
	return !l.stillHere(f.Channel) || p != nil
}

func nickIn(nick, list string) bool { return slices.Contains(strings.Split(list, ", "), nick) }

// onBanished says where a kicked user went; only moderators see it.
func (l *link) onBanished(f *noticeFrame, m []string) bool {
	l.banished[m[1]] = true
	l.kickedUser(f, m[1], m[2])
	return true
}

// onKicked comes after banished for moderators since 2025, alone for everybody else
// before.
func (l *link) onKicked(f *noticeFrame, m []string) bool {
	for nick := range strings.SplitSeq(m[1], ", ") {
		if !l.banished[nick] {
			l.kickedUser(f, nick, "")
		}
		delete(l.banished, nick)
	}
	return true
}

func (l *link) kickedUser(f *noticeFrame, nick, to string) {
	if l.roster.byNick(nick) != nil {
		l.leaving[nick] = true
	}
	target := l.past(nick)
	l.emit(l.event(f.at(), nil, engine.Kicked{Target: target.user, To: engine.RoomID(to)}))
	l.prove(engine.Receipt{At: f.at()}, func(p *pending) bool { return p.cmd == "kick" && p.nick == nick })
}

// past finds who has, or lately had, a nick.
func (l *link) past(nick string) *member {
	if m := l.roster.byNick(nick); m != nil {
		return m
	}
	if m := refIn(l.roster.past, engine.UserRef{Name: nick}); m != nil {
		return m
	}
	return newMember(&person{author: author{Nick: nick}}, time.Time{})
}

func (l *link) onBannedShort(f *noticeFrame, m []string) bool {
	if l.me == nil || l.me.level >= levelModerator {
		return l.me != nil // the other notice tells more
	}
	l.bannedUser(f, nil, l.past(m[1]), "")
	return true
}

func (l *link) onBanned(f *noticeFrame, m []string) bool {
	if !l.ours(m[3]) {
		return false
	}
	target := l.past(m[2])
	if f.User != nil {
		target = newMember(f.User, target.user.Joined)
	}
	by := l.past(m[1])
	if f.Banner != nil {
		by = l.same(newMember(f.Banner, by.user.Joined))
	}
	l.rememberHash(target, m[4])
	l.bannedUser(f, by, target, m[4])
	return true
}

// same returns the roster's entry for somebody a notice describes, so that the bot
// recognises itself.
func (l *link) same(m *member) *member {
	if known := l.roster.byID(m.UserID, m.Nick); known != nil {
		return known
	}
	return m
}

func (l *link) bannedUser(f *noticeFrame, by, target *member, hash string) {
	if l.roster.byNick(target.Nick) != nil {
		l.leaving[target.Nick] = true
	}
	l.emit(l.event(f.at(), by, engine.Banned{Target: target.user, Address: hash}))
	var answer any
	if hash != "" {
		answer = map[string]any{"hash": hash}
	}
	l.prove(engine.Receipt{At: f.at(), Answer: answer}, func(p *pending) bool { return p.cmd == "ban" && p.nick == target.Nick })
}

func (l *link) ours(channel string) bool { return l.me != nil && channel == string(l.s.room) }

func (l *link) onMuzzled(f *noticeFrame, m []string) bool {
	if !l.ours(m[3]) {
		return false
	}
	target := l.past(m[2])
	l.rememberHash(target, m[4])
	l.emit(l.event(f.at(), l.past(m[1]), engine.Muted{Target: target.user}))
	l.prove(engine.Receipt{At: f.at(), Answer: map[string]any{"hash": m[4]}}, func(p *pending) bool { return p.cmd == "dumb" && p.nick == m[2] })
	return true
}

// rememberHash keeps what is needed to undo a ban or mute.
func (l *link) rememberHash(m *member, hash string) {
	known := l.roster.byID(m.UserID, m.Nick)
	if known != nil && known.Hash == hash {
		return
	}
	p := m.person
	p.Hash = hash
	fresh := newMember(&p, m.user.Joined)
	if known != nil {
		l.swap(known, fresh)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.roster.add(fresh)
	l.roster.remove(fresh)
}

func (l *link) onUnmuzzled(f *noticeFrame, m []string) bool {
	if l.me == nil {
		return false
	}
	l.emit(l.event(f.at(), l.past(m[1]), engine.Unmuted{Target: l.userByHash(m[2])}))
	l.prove(engine.Receipt{At: f.at(), Answer: map[string]any{"hash": m[2]}}, func(p *pending) bool { return p.cmd == "speak" && (p.hash == m[2] || p.hash == "" && l.byMe(m[1])) })
	return true
}

func (l *link) onUnbanned(f *noticeFrame, m []string) bool {
	if l.me == nil {
		return false
	}
	l.emit(l.event(f.at(), l.past(m[1]), engine.Unbanned{Target: l.userByHash(m[2]), Address: m[2]}))
	return true
}

// byMe says whether a notice is about something the bot did.
func (l *link) byMe(nick string) bool { return l.me != nil && l.me.Nick == nick }

func (l *link) userByHash(hash string) engine.User {
	if m := l.roster.byHash(hash); m != nil {
		return m.user
	}
	return engine.User{}
}

// onOwnUnban goes to who asked for it; everybody's notice follows.
func (l *link) onOwnUnban(f *noticeFrame, m []string) bool {
	return l.prove(engine.Receipt{At: f.at(), Answer: map[string]any{"hash": m[1]}}, func(p *pending) bool {
		return p.cmd == "unban" && (p.hash == m[1] || p.hash == "")
	})
}

// onLocked comes twice, to the moderators of the room and to all; the second names no
// channel.
func (l *link) onLocked(f *noticeFrame, m []string) bool {
	if !l.ours(m[1]) {
		return false
	}
	if f.Channel == "" {
		return true
	}
	level, _ := strconv.ParseFloat(m[2], 64) // digits by the pattern
	l.emit(l.event(f.at(), l.past(m[3]), engine.ModeChanged{Mode: "locked", On: true, Value: level}))
	l.prove(engine.Receipt{At: f.at()}, func(p *pending) bool { return p.cmd == "lockroom" })
	return true
}

func (l *link) onUnlocked(f *noticeFrame, m []string) bool {
	if !l.ours(m[1]) {
		return false
	}
	l.emit(l.event(f.at(), l.past(m[2]), engine.ModeChanged{Mode: "locked"}))
	l.prove(engine.Receipt{At: f.at()}, func(p *pending) bool { return p.cmd == "unlockroom" })
	return true
}

func (l *link) onCaptchaMode(f *noticeFrame, m []string) bool {
	if !l.ours(m[2]) {
		return false
	}
	l.emit(l.event(f.at(), nil, engine.ModeChanged{Mode: "captcha", On: m[1] == "enabled"}))
	return true
}

// onPromoted matters before 2020, where no updateUser follows.
func (l *link) onPromoted(f *noticeFrame, _ []string) bool {
	if l.me == nil || l.me.level >= levelModerator {
		return false
	}
	p := l.me.person
	p.Level = levelModerator
	l.swap(l.me, newMember(&p, l.me.user.Joined))
	return true
}

// onOldInvite is 2018's.
func (l *link) onOldInvite(f *noticeFrame, m []string) bool {
	if f.Invite == "" || l.me == nil {
		return false
	}
	l.emit(l.event(f.at(), l.somebody(m[1], ""), engine.Invited{To: engine.RoomID(f.Invite)}))
	return true
}

func (l *link) onOldInviteEcho(f *noticeFrame, m []string) bool {
	if l.me == nil {
		return false
	}
	l.invited(l.me, l.somebody(m[1], ""), m[2], f.at())
	return true
}
