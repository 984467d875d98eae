package hctvtest

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

const maxReason = 250 // UTF-16 units

const (
	minTimeout     = 10
	defaultTimeout = 300
	maxTimeout     = 86400
)

// mayModerate looks the right up anew for each command.
func (p *Peer) mayModerate() bool {
	if p.ready && p.acct != nil && p.ch.mayModerate(p.acct) {
		return true
	}
	p.refuse("FORBIDDEN", "You do not have permission to moderate this chat.", nil)
	return false
}

// deleteMessage knows no hierarchy.
func (p *Peer) deleteMessage(f m) {
	if !p.mayModerate() {
		return
	}
	id, ok := f["msgId"].(string)
	if !ok || id == "" {
		p.refuse("INVALID_REQUEST", "Invalid message id.", nil)
		return
	}
	i := slices.IndexFunc(p.ch.history, func(msg m) bool { return msg["msgId"] == id })
	if i < 0 {
		p.refuse("NOT_FOUND", "Message not found.", nil)
		return
	}
	if p.srv.swallow {
		return
	}
	p.ch.history = slices.Delete(slices.Clone(p.ch.history), i, i+1)
	p.srv.tellAll(p.ch, m{"type": "messageDeleted", "msgId": id})
}

// target finds on whom a command may act; nil after a refusal.
func (p *Peer) target(f m) *account {
	if !p.mayModerate() {
		return nil
	}
	id, _ := f["targetUserId"].(string)
	if id == "" || id == p.acct.identity().id {
		p.refuse("INVALID_TARGET", "Invalid moderation target.", nil)
		return nil
	}
	t := p.srv.byID[id]
	switch {
	case t == nil || t.isBot:
		p.refuse("INVALID_TARGET", "Target user no longer exists.", nil)
	case t.admin && !p.acct.identity().admin: // of a bot the owner counts, here alone
		p.refuse("FORBIDDEN", "Platform admins cannot be moderated via chat commands.", nil)
	case !p.acct.admin && ranks[p.ch.roles[p.acct.id]] <= ranks[p.ch.roles[t.id]]:
		p.refuse("FORBIDDEN", "You cannot moderate a user with an equal or higher role than yours.", nil)
	default:
		return t
	}
	return nil
}

func (p *Peer) timeoutUser(f m) {
	t := p.target(f)
	if t == nil || p.srv.swallow {
		return
	}
	n := seconds(f["durationSeconds"])
	p.restrict(t, &restriction{
		reason: reason(f["reason"], "Timed out by moderator"), expires: time.Now().Add(time.Duration(n * float64(time.Second))),
	}, t.title()+" was timed out for "+strconv.FormatFloat(n, 'f', -1, 64)+"s.")
}

func (p *Peer) banUser(f m) {
	if t := p.target(f); t != nil && !p.srv.swallow {
		p.restrict(t, &restriction{ban: true, reason: reason(f["reason"], "Banned by moderator")}, t.title()+" was banned.")
	}
}

// release lifts whatever there is, or nothing.
func (p *Peer) release(f m) {
	if t := p.target(f); t != nil && !p.srv.swallow {
		p.restrict(t, nil, t.title()+" can chat again.")
	}
}

// restrict tells the target first and then everybody.
func (p *Peer) restrict(t *account, r *restriction, text string) {
	p.ch.restrictions[t.id] = r
	for _, q := range p.srv.peers {
		if q.ch == p.ch && q.acct == t {
			q.tellAccess()
		}
	}
	p.srv.tellAll(p.ch, m{"type": "systemMsg", "message": text})
}

// seconds reads a duration as JavaScript does: what is no number, or 0, is the default.
func seconds(v any) float64 {
	n, _ := v.(float64)
	if s, ok := v.(string); ok {
		n, _ = strconv.ParseFloat(strings.TrimSpace(s), 64)
	}
	if n == 0 {
		return defaultTimeout
	}
	return min(max(n, minTimeout), maxTimeout)
}

func reason(v any, usual string) string {
	s, _ := v.(string)
	if s = strings.TrimFunc(s, isSpace); s == "" {
		return usual
	}
	if units := utf16.Encode([]rune(s)); len(units) > maxReason {
		return string(utf16.Decode(units[:maxReason]))
	}
	return s
}
