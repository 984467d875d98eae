package hctvtest

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"botd/engine"
)

const (
	historyMax = 100
	// raceTime is how long a started cooldown is not seen yet by messages that were
	// already on their way.
	raceTime = 2 * time.Millisecond
)

// say is what happens to a message, in this order: an attempt costs, whatever becomes of
// it.
func (p *Peer) say(f m) {
	if !p.ready || p.acct == nil {
		return
	}
	if r := p.ch.restricted(p.acct.id); r != nil && !p.acct.isBot {
		code, text := "TIMED_OUT", "You are currently timed out in this chat."
		if r.ban {
			code, text = "BANNED", "You are currently banned from this chat."
		}
		p.refuse(code, text, r)
		p.tellAccess()
		return
	}
	if !p.moderate && !p.free && !p.srv.opts.Unlimited && !p.paced(time.Now()) {
		return
	}
	text, _ := f["message"].(string)
	text = strings.TrimFunc(text, isSpace)
	set := &p.ch.settings
	switch {
	case text == "":
	case engine.UTF16.Count(text) > set.MaxLength:
		p.refuse("MESSAGE_TOO_LONG", fmt.Sprintf("Message exceeds %d characters.", set.MaxLength), nil)
	case blocked(set.Blocked, text):
		p.refuse("BLOCKED_TERM", "Message blocked by channel moderation.", nil)
	case !p.srv.swallow:
		msg := p.ch.store(p, text)
		if !p.played && p.srv.opts.Watch == nil {
			p.srv.lines[p.ch.name] = append(p.srv.lines[p.ch.name], text)
		}
		p.srv.tellAll(p.ch, msg)
	}
}

// paced counts an attempt and tells whether it is within rate limit and slow mode. What it
// says is left is rounded: bad-message-consumes-limits.jsonl has 4 s for 4.5.
func (p *Peer) paced(now time.Time) bool {
	c, id := p.ch, p.acct.id
	w := c.windows[id]
	if w == nil || !now.Before(w.start.Add(c.settings.Window)) {
		w = &window{start: now}
		c.windows[id] = w
	}
	w.count++
	if w.count > c.settings.RateCount {
		p.refuse("RATE_LIMIT", "You are sending messages too fast.", nil)
		return false
	}
	if c.settings.Slow == 0 {
		return true
	}
	begun, known := c.cooldowns[id]
	if left := begun.Add(c.settings.Slow).Sub(now); known && left > 0 && now.Sub(begun) > raceTime {
		p.refuse("SLOW_MODE", fmt.Sprintf("Slow mode is on. Wait %.0fs.", math.Round(left.Seconds())), nil)
		return false
	}
	c.cooldowns[id] = now
	return true
}

// store puts a message into the history and returns its frame.
func (c *channel) store(p *Peer, text string) m {
	a := p.acct
	user := m{"id": a.id, "username": a.name, "pfpUrl": pictureOf(a.name), "isBot": a.isBot, "isPlatformAdmin": a.admin, "channelRole": nil}
	if a.display != "" {
		user["displayName"] = a.display
	}
	if p.role != "" {
		user["channelRole"] = p.role
	}
	msg := m{"user": user, "message": text, "msgId": newID(), "type": "message"}
	c.history = append(c.history, msg)
	c.history = c.history[max(0, len(c.history)-historyMax):]
	return msg
}

// isSpace is what JavaScript trims.
func isSpace(r rune) bool {
	switch {
	case r >= '\t' && r <= '\r', r == ' ', r == 0xa0, r == 0x1680, r >= 0x2000 && r <= 0x200a,
		r == 0x2028, r == 0x2029, r == 0x202f, r == 0x205f, r == 0x3000, r == 0xfeff:
		return true
	}
	return false
}

// blocked looks for terms that stand alone, as far as ASCII goes.
func blocked(terms []string, text string) bool {
	for _, term := range terms {
		if regexp.MustCompile(`(?i)(?:^|[^A-Za-z0-9_])` + regexp.QuoteMeta(term) + `(?:$|[^A-Za-z0-9_])`).MatchString(text) {
			return true
		}
	}
	return false
}
