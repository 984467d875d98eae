package hackchattest

import (
	"slices"
	"strings"

	"fmt"
)

const (
	purgatory = "purgatory"
	adminNick = "boss" // reserved on the oldest servers
	maxName   = 120
)

// motd is what a channel without a message of its own says.
const motd = "Protip: Privately message with: /whisper @name The message"

func (p *Peer) cmdJoin(f m) {
	if p.gen() == Gen2018 {
		p.oldJoin(f)
		return
	}
	if _, ok := f["channel"]; !ok {
		return
	}
	if !p.charge(3) {
		p.warn(31, "You are joining channels too fast. Wait a moment and try again.", false)
		return
	}
	p.decided = true
	channel, ok := f["channel"].(string)
	switch {
	case !ok || channel == "":
		p.warn(41, "You may not join that channel.", false)
		return
	case utf16Len(channel) > maxName:
		p.warn(42, "You may not join that channel.", false)
		return
	case p.channel != "":
		p.warn(33, "Joining more than one channel is not currently supported", false)
		return
	}
	nick, pass, ok := p.credentials(f)
	if !ok {
		return
	}
	if !nickPattern.MatchString(nick) {
		p.warn(32, badNick, false)
		return
	}
	if p.nickTaken(channel, nick) {
		p.warn(34, "Nickname taken", false)
		return
	}
	p.identify(channel, nick, pass)
	if p.srv.captchas[channel] && p.level < levelTrusted {
		p.ask(channel, f)
		return
	}
	p.enter(channel)
}

// credentials reads nick and password in the ways of both protocols.
func (p *Peer) credentials(f m) (nick, pass string, ok bool) {
	nick, isText := f["nick"].(string)
	if p.p2 {
		pass, _ = f["pass"].(string)
		return nick, pass, true
	}
	if _, has := f["nick"]; !has && p.gen() == Gen2026 {
		return fmt.Sprintf("scarmiglione_%d", p.srv.randomInt(100000)), "", true
	} else if !has {
		p.warn(14, "Failed to execute 'join': TypeError: Cannot read properties of undefined (reading 'split')", false)
		return "", "", false
	}
	if !isText {
		p.warn(14, "Failed to execute 'join': TypeError: payload.nick.split is not a function", false)
		return "", "", false
	}
	parts := strings.Split(nick, "#")
	nick = parts[0]
	if len(parts) > 1 {
		pass = parts[1]
	}
	for _, field := range []string{"password", "pass"} {
		if s, _ := f[field].(string); s != "" {
			pass = s
		}
	}
	return nick, pass, true
}

func (p *Peer) nickTaken(channel, nick string) bool {
	return slices.ContainsFunc(p.srv.in(channel), func(q *Peer) bool { return strings.EqualFold(q.nick, nick) })
}

// identify turns the password into a trip and rights.
func (p *Peer) identify(channel, nick, pass string) {
	p.nick, p.trip, p.level = nick, "", levelDefault
	if pass != "" {
		p.trip = trip(pass)
		p.level = p.srv.rank(channel, p.trip)
	}
	if pass == AdminPassword {
		p.trip, p.level = "Admin", levelAdmin
	}
	p.dress()
}

// ask puts a captcha before the channel.
func (p *Peer) ask(channel string, f m) {
	p.warn(21, "Enter the following to join (case-sensitive):", channel)
	p.tell(m{"cmd": "captcha", "channel": channel, "text": "  #  \n # # \n#   #"})
	p.riddle = merge(f, m{"channel": channel, "nick": p.nick})
	if !p.p2 && p.trip == "" {
		p.trip = trip("undefined") // as the real one does
	}
}

// solve takes whatever comes next for the answer.
func (p *Peer) solve(cmd string, f m) {
	channel, _ := p.riddle["channel"].(string)
	p.riddle = nil
	if cmd != "chat" || f["text"] != CaptchaAnswer {
		p.charge(7)
		p.cut(0)
		return
	}
	p.enter(channel)
}

// enter brings the client into a channel, or into purgatory if it is locked.
func (p *Peer) enter(channel string) {
	asked := channel
	lock, locked := p.srv.locks[channel]
	if locked = locked && p.level < lock; locked {
		name := p.nick
		channel, p.nick, p.banished = purgatory, p.srv.randomName(16), true
		for _, q := range p.srv.mods(purgatory) {
			q.info(1308, fmt.Sprintf("%s is: %s\ntrip: %s\ntried to join: ?%s\nhash: %s", p.nick, name, p.trip, asked, hash(p.addr)), purgatory)
		}
	}
	p.srv.counts.joins++
	p.announce(channel)
	p.channels = append(p.channels, channel)
	p.move(channel)
	p.tell(p.onlineSet())
	if p.gen() <= Gen2025 {
		p.info(1304, p.motd(), channel)
		p.tellSession(false)
	}
	if locked {
		p.info(1307, "As phantoms frighten beasts when shadows fall.", purgatory)
	}
}

// move puts the client into a channel, behind those who are there.
func (p *Peer) move(channel string) {
	p.channel = channel
	i := slices.Index(p.srv.peers, p)
	p.srv.peers = append(slices.Delete(p.srv.peers, i, i+1), p)
}

// announce tells the members of a channel about a newcomer.
func (p *Peer) announce(channel string) {
	for _, q := range p.srv.in(channel) {
		if p.gen() == Gen2018 {
			q.tell(p.oldAdd())
			continue
		}
		q.tell(merge(p.describe(), m{"cmd": "onlineAdd", "channel": channel}))
	}
}

func (p *Peer) onlineSet() m {
	nicks, users := []string{}, []m{}
	for _, q := range p.srv.in(p.channel) {
		nicks = append(nicks, q.nick)
		u := merge(q.describe(), m{"channel": p.channel, "isme": q == p})
		if q != p && p.gen() <= Gen2025 {
			u["online"] = true
		}
		users = append(users, u)
	}
	if p.gen() == Gen2018 {
		return m{"cmd": "onlineSet", "nicks": nicks}
	}
	return m{"cmd": "onlineSet", "nicks": nicks, "users": users, "channel": p.channel}
}

func (p *Peer) tellSession(restored bool) {
	channels := slices.Clone(p.channels)
	if channels == nil {
		channels = []string{}
	}
	p.tell(m{"cmd": "session", "restored": restored, "token": p.token(), "channels": channels})
}

// oldJoin is the join of 2018.
func (p *Peer) oldJoin(f m) {
	if p.channel != "" {
		return
	}
	for _, field := range []string{"nick", "channel"} {
		if _, ok := f[field]; !ok {
			p.warn(0, "Failed to execute 'join': missing required "+field+"\n\n", nil)
			return
		}
	}
	if !p.charge(3) {
		p.warn(0, "You are joining channels too fast. Wait a moment and try again.", nil)
		return
	}
	channel, _ := f["channel"].(string)
	full, _ := f["nick"].(string)
	if strings.TrimSpace(channel) == "" {
		return
	}
	nick, pass, _ := strings.Cut(full, "#")
	switch {
	case !nickPattern.MatchString(nick):
		p.warn(0, badNick, nil)
		return
	case strings.EqualFold(nick, adminNick) && pass != AdminPassword:
		p.warn(0, "You are not the admin, liar!", nil)
		return
	case p.nickTaken(channel, nick):
		p.warn(0, "Nickname taken", nil)
		return
	}
	p.identify(channel, nick, pass)
	p.enter(channel)
}

func (p *Peer) oldAdd() m {
	f := m{"cmd": "onlineAdd", "nick": p.nick, "trip": p.trip, "hash": hash(p.addr)}
	if p.trip == "" {
		f["trip"] = "null"
	}
	return f
}

// cmdSession is the login of protocol 2.
func (p *Peer) cmdSession(f m) {
	if p.decided {
		return
	}
	token, _ := f["token"].(string)
	saved := p.srv.tokens[token]
	switch {
	case p.gen() == Gen2020:
		p.p2, p.decided, p.isBot = true, true, f["isBot"] == true
		p.tell(m{"cmd": "session", "users": len(p.srv.peers), "chans": 1, "public": m{}, "sessionID": p.srv.randomName(32), "restored": false})
	case saved == nil && p.gen() == Gen2025:
		p.tell(m{"cmd": "error", "id": 61, "text": "Invalid session"})
	case saved == nil:
		p.p2, p.decided = true, true
		p.tell(m{"cmd": "session", "restored": false, "token": "", "channels": []string{}})
	default:
		p.restore(saved)
	}
}

// restore brings a client back as it was when it got its token.
func (p *Peer) restore(saved *Peer) {
	p.p2, p.decided, p.restored = true, true, true
	if p.gen() == Gen2025 { // which says so before it is true
		p.tellSession(true)
	}
	p.nick, p.trip, p.level, p.userid, p.color, p.flair = saved.nick, saved.trip, saved.level, saved.userid, saved.color, saved.flair
	if p.level == levelAdmin {
		p.level = levelDefault // the real one forgets it, too
	}
	for _, channel := range saved.channels {
		ghost := slices.ContainsFunc(p.srv.in(channel), func(q *Peer) bool { return q.userid == p.userid })
		if ghost {
			for _, q := range p.srv.in(channel) {
				q.tell(merge(p.describe(), m{"cmd": "updateUser", "online": true}))
			}
		} else {
			p.announce(channel)
		}
		p.channels = []string{channel}
		p.move(channel)
		p.tell(p.onlineSet())
	}
	if p.gen() == Gen2026 {
		p.tellSession(true)
	}
}

func (p *Peer) cmdLeave(f m) {
	channel, ok := f["channel"].(string)
	if !ok {
		p.warn(17, "Invalid channel specified.", false)
		return
	}
	if !p.charged(3) {
		return
	}
	i := slices.Index(p.channels, channel)
	if i < 0 {
		p.warn(17, "You are not in that channel.", false)
		return
	}
	p.channels = slices.Delete(p.channels, i, i+1)
	if p.channel == channel {
		p.channel, p.banished = "", false
	}
	for _, q := range p.srv.in(channel) {
		q.tell(p.removal(channel, true))
	}
	p.tellSession(false)
}
