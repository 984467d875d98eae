package hitboxtest

import (
	"strings"
	"time"
	"unicode/utf16"
)

// method is what a client may ask for.
type method struct {
	least role
	early bool // also before the join
	run   func(*Peer, m)
}

// methods are all there are, old names included. What a role may not do, and what is
// malformed, is ignored without a word.
var methods map[string]method

func init() { // not at its declaration, because methods refer to others by way of it
	methods = map[string]method{
		"joinChannel":        {guest, true, (*Peer).join},
		"partChannel":        {guest, true, (*Peer).part},
		"chatMsg":            {anon, false, (*Peer).chat},
		"directMsg":          {anon, false, (*Peer).direct},
		"getChannelUserList": {anon, false, (*Peer).listUsers},
		"getChannelUser":     {anon, false, (*Peer).describeUser},
		"mediaLog":           {anon, false, (*Peer).mediaLog},
		"motdMsg":            {admin, false, (*Peer).setMotd},
		"kickUser":           {moderator, false, (*Peer).kick},
		"banUser":            {moderator, false, (*Peer).ban},
		"unbanUser":          {moderator, false, (*Peer).unban},
		"makeMod":            {owner, false, func(p *Peer, a m) { p.setMod(a, true) }},
		"removeMod":          {owner, false, func(p *Peer, a m) { p.setMod(a, false) }},
		"slowMode":           {moderator, false, (*Peer).slowMode},
		"createPoll":         {admin, false, (*Peer).createPoll},
		"voteMsg":            {anon, false, (*Peer).votePoll},
		"votePoll":           {anon, false, (*Peer).votePoll},
		"pausePoll":          {admin, false, func(p *Peer, _ m) { p.turnPoll("paused", "started") }},
		"startPoll":          {admin, false, func(p *Peer, _ m) { p.turnPoll("started", "paused") }},
		"endPoll":            {admin, false, (*Peer).endPoll},
		"createRaffle":       {admin, false, (*Peer).createRaffle},
		"voteRaffle":         {anon, false, (*Peer).voteRaffle},
		"pauseRaffle":        {admin, false, func(p *Peer, _ m) { p.turnRaffle("paused", "started") }},
		"startRaffle":        {admin, false, func(p *Peer, _ m) { p.turnRaffle("started", "paused") }},
		"endRaffle":          {admin, false, func(p *Peer, _ m) { p.turnRaffle("ended", "started", "paused") }},
		"winnerRaffle":       {admin, false, (*Peer).drawRaffle},
		"hideRaffle":         {admin, false, (*Peer).hideRaffle},
		"cleanupRaffle":      {admin, false, (*Peer).cleanupRaffle},
	}
}

// Methods names all a client may ask for.
func Methods() []string {
	var names []string
	for name := range methods {
		names = append(names, name)
	}
	return names
}

func str(a m, key string) string {
	s, _ := a[key].(string)
	return s
}

// join lets a client into a channel; a second one on a connection is ignored.
func (p *Peer) join(a m) {
	name := str(a, "channel")
	if p.channel != nil || name == "" || p.srv.mute {
		return
	}
	c := p.srv.channel(name)
	p.channel, p.name, p.role = c, str(a, "name"), guest
	if p.name == "" || p.name == guestName || str(a, "token") != Token(p.name) {
		p.name = guestName
	} else {
		p.role = c.roleOf(p.account())
	}
	p.tell("loginMsg", m{"channel": c.name, "name": p.name, "role": p.role.wire()})
	p.greet(a["hideBuffered"] == true)
}

// greet sends what somebody who comes in has to know.
func (p *Peer) greet(hideBuffered bool) {
	c := p.channel
	if !hideBuffered {
		for i, line := range c.backlog {
			old := m{"buffer": true}
			for k, v := range line {
				old[k] = v
			}
			if i == len(c.backlog)-1 {
				old["buffersent"] = true
			}
			p.tell("chatMsg", old)
		}
	}
	if p.role >= admin {
		for _, entry := range c.log {
			p.tell("chatLog", m{"text": entry["text"], "timestamp": entry["timestamp"], "channel": c.name, "buffer": true})
		}
	}
	if c.motd != nil {
		p.tell("motdMsg", c.motd)
	}
	if c.slow > 0 || c.subsOnly {
		p.tell("slowMsg", c.slowMsg())
	}
	if c.poll != nil {
		p.tell("pollMsg", c.poll.params())
	}
	if c.raffle != nil {
		p.tell("raffleMsg", c.raffle.params(p.role >= admin))
	}
}

func (p *Peer) part(m) {
	p.leave()
	p.cut()
}

// chat says a line, or is told why not, or is not told.
func (p *Peer) chat(a m) {
	c, text := p.channel, str(a, "text")
	if strings.TrimSpace(text) == "" || len(utf16.Encode([]rune(text))) > maxText {
		return
	}
	if refusal, silent := p.mayNotSpeak(text); silent || refusal != "" {
		if !silent {
			p.tell("infoMsg", c.info(refusal, "", nil))
		}
		return
	}
	c.spoke[p.account()], c.said[p.account()] = time.Now(), text
	line := m{"channel": c.name, "name": p.name, "nameColor": str(a, "nameColor"), "text": text, "time": now(), "role": p.role.wire(), "media": false}
	for k, v := range c.flags(p.account()) {
		line[k] = v
	}
	c.backlog = append(c.backlog, line)
	c.backlog = c.backlog[max(0, len(c.backlog)-backlogSize):]
	if !p.played && p.srv.opts.Watch == nil {
		p.srv.lines[c.name] = append(p.srv.lines[c.name], text)
	}
	c.tell(guest, "chatMsg", line)
}

func (p *Peer) mayNotSpeak(text string) (refusal string, silent bool) {
	c, account := p.channel, p.account()
	switch {
	case c.banned[account] != "":
		return "You are banned from this channel.", false
	case time.Now().Before(c.timeouts[account]):
		return "You are timed out.", false
	case p.role == anon && c.said[account] == text:
		return "", true
	case p.role == anon && c.slow > 0 && time.Since(c.spoke[account]) < time.Duration(c.slow)*time.Second:
		return "Slow mode is on: wait before you speak again.", false
	case p.role < moderator && c.subsOnly && !c.subscribers[account]:
		return "Subscriber only chat active.", false
	}
	return "", !p.spend()
}

// spend takes one message from what the peer may say: 4 at once and one each 1.4 s, for
// moderators twice that. The numbers of the live service are not known.
func (p *Peer) spend() bool {
	if p.played || p.srv.opts.Unlimited {
		return true
	}
	scale := 1.0
	if p.role >= moderator {
		scale = 2
	}
	if p.filled.IsZero() {
		p.bucket = 4 * scale
	} else {
		p.bucket = min(4*scale, p.bucket+time.Since(p.filled).Seconds()/1.4*scale)
	}
	p.filled = time.Now()
	if p.bucket < 1 {
		return false
	}
	p.bucket--
	return true
}

func (p *Peer) direct(a m) {
	c, to, text := p.channel, str(a, "to"), str(a, "text")
	if text == "" || c.banned[p.account()] != "" {
		return
	}
	found := false
	for _, q := range c.peers() {
		if q.role > guest && q.account() == strings.ToLower(to) {
			found = true
			q.tell("directMsg", m{
				"from": p.name, "nameColor": str(a, "nameColor"), "text": text, "time": now(), "channel": c.name, "type": "info",
				"isStaff": c.staff[p.account()], "isCommunity": c.community[p.account()],
			})
		}
	}
	if found {
		p.tell("infoMsg", c.info("You whispered "+to+": "+text, "directmsg", m{"variables": m{"user": to}}))
	}
}

func (p *Peer) listUsers(m) {
	p.tell("userList", p.channel.userList())
	if p.role >= moderator && len(p.channel.banned) > 0 {
		p.tell("banList", p.channel.banList())
	}
}

func (p *Peer) describeUser(a m) {
	c, account := p.channel, strings.ToLower(str(a, "name"))
	if name := c.banned[account]; name != "" {
		p.tell("userInfo", m{"channel": c.name, "name": name, "timestamp": now(), "role": "banned", "banned": true})
		return
	}
	for _, q := range c.peers() {
		if q.role > guest && q.account() == account {
			info := m{"channel": c.name, "name": q.name, "timestamp": now(), "role": q.role.wire()}
			for k, v := range c.flags(account) {
				info[k] = v
			}
			p.tell("userInfo", info)
			return
		}
	}
}

func (p *Peer) mediaLog(a m) {
	c, kind := p.channel, str(a, "type")
	if kind != "image" && kind != "link" {
		return
	}
	data := []any{}
	if kind == "image" {
		data = append(data, c.images...)
	}
	p.tell("mediaLog", m{"channel": c.name, "type": kind, "data": data})
}

// Image puts a picture into the list of those posted in a channel.
func (s *Server) Image(channel, name, url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(channel)
	c.images = append(c.images, m{
		"channel": c.name, "name": name, "nameColor": "4B9188", "time": now(), "url": url, "size": m{"x": 640, "y": 480}, "proxyUrl": url,
	})
}

func (p *Peer) setMotd(a m) {
	c := p.channel
	c.motd = m{"channel": c.name, "name": p.name, "nameColor": str(a, "nameColor"), "text": str(a, "text"), "time": now(), "image": "/static/" + c.name + ".png"}
	told := c.motd
	if str(a, "text") == "" {
		if c.motd = nil; p.srv.opts.BareMotd {
			delete(told, "text")
		}
	}
	c.tell(guest, "motdMsg", told)
}
