package hitboxtest

import (
	"strconv"
	"strings"
	"time"
)

// target is whom a command of a moderator means; ok is false if they are not below the
// moderator.
func (p *Peer) target(a m) (name, account string, ok bool) {
	name = str(a, "name")
	account = strings.ToLower(name)
	for _, q := range p.channel.peers() {
		if q.role > guest && q.account() == account {
			name = q.name
		}
	}
	return name, account, name != "" && p.channel.roleOf(account) < p.role
}

func about(name string) m { return m{"variables": m{"user": name}} }

// kick keeps somebody from speaking for a while. Only a string of seconds will do.
func (p *Peer) kick(a m) {
	c := p.channel
	seconds, err := strconv.Atoi(str(a, "timeout"))
	name, account, ok := p.target(a)
	if err != nil || seconds < 1 || !ok {
		return
	}
	c.timeouts[account] = time.Now().Add(time.Duration(seconds) * time.Second)
	action := "kickUser"
	if p.srv.opts.OldNames {
		action = "kicked"
	}
	c.tell(guest, "infoMsg", c.info(name+" has been timed out", action, about(name)))
}

func (p *Peer) ban(a m) {
	c := p.channel
	name, account, ok := p.target(a)
	if !ok || a["banIP"] == true && p.role < admin {
		return
	}
	c.banned[account] = name
	c.tell(guest, "infoMsg", c.info(name+" has been banned", "ban", m{
		"name": name, "lang": "view.chat.text.has_been_banned", "variables": m{"user": name},
	}))
	c.tell(moderator, "userList", c.userList())
	c.tell(moderator, "banList", c.banList())
}

func (p *Peer) unban(a m) {
	c := p.channel
	name := c.banned[strings.ToLower(str(a, "name"))]
	if name == "" {
		return
	}
	delete(c.banned, strings.ToLower(name))
	c.tell(moderator, "infoMsg", c.info(name+" has been unbanned", "", about(name)))
	c.tell(moderator, "banList", c.banList())
}

func (p *Peer) setMod(a m, on bool) {
	c := p.channel
	name, account, ok := p.target(a)
	if !ok {
		return
	}
	text, r := "You have added "+name+" as a moderator", moderator
	if !on {
		text, r = "You have removed "+name+" as a moderator", anon
	}
	c.rank(account, r)
	c.tell(anon, "infoMsg", c.info(text, "isAdmin", about(name)))
}

// slowMode sets one of two modes, which exclude each other.
func (p *Peer) slowMode(a m) {
	c := p.channel
	if on, ok := a["subscriber"].(bool); ok {
		if a["rate"] != 0.0 || on && c.slow > 0 {
			return
		}
		c.subsOnly = on
		c.tell(anon, "slowMsg", c.slowMsg())
		return
	}
	seconds, ok := a["time"].(float64)
	if !ok || seconds < 0 || c.subsOnly && seconds > 0 {
		return
	}
	c.slow = int(seconds)
	if c.slow == 0 {
		c.subsOnly = false
		c.tell(anon, "slowMsg", c.info("Slow mode disabled", "isAdmin", m{"slowTime": 0}))
		return
	}
	c.tell(anon, "slowMsg", c.slowMsg())
}

func (c *channel) slowMsg() m {
	if c.slow > 0 {
		return c.info("Slow mode set to "+strconv.Itoa(c.slow)+" seconds", "isAdmin", m{"slowTime": c.slow})
	}
	return c.info("Subscriber only mode "+map[bool]string{true: "enabled", false: "disabled"}[c.subsOnly], "isAdmin", nil)
}
