package hackchattest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func (p *Peer) cmdKick(f m) {
	needs := int64(levelChanMod)
	if p.gen() >= Gen2020 {
		needs = levelMod
	}
	if p.level < needs {
		p.charge(10)
		return
	}
	targets, asked := p.targets(f)
	if !asked {
		return
	}
	if len(targets) == 0 {
		if p.gen() == Gen2018 {
			p.warn(12, "Could not find user(s) in channel", nil)
			return
		}
		p.warn(12, "Could not find user(s) in that channel", p.where())
		return
	}
	for _, q := range targets {
		if q.level >= p.level {
			text := "Cannot kick other users with the same level, how rude"
			if p.gen() == Gen2018 {
				text = "Cannot kick other mods, how rude"
			}
			p.warn(13, text, p.where())
			return
		}
	}
	to, _ := f["to"].(string)
	if p.level < levelMod || p.gen() == Gen2018 {
		to = ""
	}
	p.srv.counts.kicked += len(targets)
	p.srv.banish(targets, p.channel, to)
}

// targets finds the users a kick names, as one or as a list. It is not asked if there
// is neither.
func (p *Peer) targets(f m) (list []*Peer, asked bool) {
	for _, field := range []string{"userid", "nick"} {
		v, ok := f[field]
		if !ok {
			continue
		}
		each, isList := v.([]any)
		if !isList {
			each = []any{v}
		}
		for _, one := range each {
			if q := p.target(merge(f, m{field: one})); q != nil {
				list = append(list, q)
			}
		}
		return list, true
	}
	return nil, false
}

// banish moves users to another channel and tells those who may know.
func (s *Server) banish(targets []*Peer, channel, to string) {
	var nicks []string
	dests := map[*Peer]string{}
	for _, q := range targets {
		dest := to
		if dest == "" {
			dest = s.randomName(8)
		}
		dests[q] = dest
		for _, r := range s.in(dest) {
			r.tell(merge(q.describe(), q.online(), m{"cmd": "onlineAdd", "channel": dest}))
		}
		for _, r := range s.roomMods(channel) {
			if s.opts.Generation != Gen2018 || r.level < levelAdmin {
				r.info(1204, q.nick+" was banished to ?"+dest, channel)
			}
		}
		nicks = append(nicks, q.nick)
	}
	for _, q := range targets {
		q.move(dests[q])
	}
	for _, q := range targets {
		for _, r := range s.in(channel) {
			gone := m{"cmd": "onlineRemove", "nick": q.nick}
			if s.opts.Generation != Gen2018 {
				gone["userid"], gone["channel"] = q.userid, channel
			}
			r.tell(gone)
		}
	}
	for _, r := range s.in(channel) {
		if mod := slices.Contains(s.roomMods(channel), r); mod == (s.opts.Generation <= Gen2025) {
			r.info(1205, "Kicked "+strings.Join(nicks, ", "), channel)
		}
	}
}

// cmdMove is how one changed channels until 2022.
func (p *Peer) cmdMove(f m) {
	channel, _ := f["channel"].(string)
	if !p.charge(6) {
		p.warn(11, "You are changing channels too fast. Wait a moment before trying again.", p.where())
		return
	}
	if channel != "" && channel != p.channel {
		p.relocate(channel, p.channel)
	}
}

// cmdMoveUser is the same for somebody else.
func (p *Peer) cmdMoveUser(f m) {
	channel, _ := f["channel"].(string)
	q := p.victim(f, "Cannot move other users of the same level")
	if q == nil || channel == "" || channel == q.channel {
		return
	}
	q.relocate(channel, channel)
	for _, r := range p.srv.in(channel) {
		r.info(0, q.nick+" was moved into ?"+channel, channel)
	}
}

// relocate shows the client how everybody leaves, itself included, and then the new
// channel, under the name the frame gives it.
func (p *Peer) relocate(channel, named string) {
	old := p.channel
	for _, q := range p.srv.in(old) {
		p.tell(q.removal(old, false))
		if q != p {
			q.tell(p.removal(old, false))
		}
	}
	p.announce(channel)
	p.move(channel)
	set := p.onlineSet()
	if users, ok := set["users"].([]m); ok {
		set["channel"] = named
		if named == channel {
			delete(users[len(users)-1], "channel") // who was moved is last
		}
	}
	p.tell(set)
}

// signature is how notices name a moderator.
func (p *Peer) signature() string {
	if p.gen() == Gen2018 {
		return p.nick
	}
	return p.nick + "#" + p.trip
}

// victim finds whom a command is against and checks the ranks.
func (p *Peer) victim(f m, refusal string) *Peer {
	_, byNick := f["nick"]
	_, byID := f["userid"]
	if p.p2 && !byID || !p.p2 && !byNick {
		return nil
	}
	q := p.target(f)
	if q == nil {
		p.noUser()
		return nil
	}
	if q.level >= p.level {
		p.warn(13, refusal, p.where())
		return nil
	}
	return q
}

func (p *Peer) cmdBan(f m) {
	q := p.victim(f, "Cannot ban other users of the same level, how rude")
	if q == nil {
		return
	}
	p.srv.counts.banned++
	p.srv.banned[q.addr] = true
	user := m{"user": merge(q.describe(), q.online())}
	short, long := "Banned "+q.nick, fmt.Sprintf("%s banned %s in %s, userhash: %s", p.signature(), q.nick, q.channel, hash(q.addr))
	for _, r := range p.srv.in(q.channel) {
		mod := r.level >= levelMod
		switch {
		case p.gen() == Gen2018 && !mod, p.gen() == Gen2020 && !mod, p.gen() <= Gen2025 && mod:
			if p.gen() == Gen2018 {
				r.info(1201, short, nil)
			} else {
				r.info(1201, short, q.channel, user)
			}
		}
	}
	for _, r := range p.srv.mods("") {
		if p.gen() == Gen2018 {
			if r.level < levelAdmin {
				r.info(1202, long, nil)
			}
			continue
		}
		r.info(1202, long, q.channel, user, m{"inChannel": q.channel, "banner": merge(p.describe(), p.online())})
	}
	q.cut(0)
}

// byAddress finds the address a hash or ip parameter means.
func (p *Peer) byAddress(f m) (addr, h string, ok bool) {
	h, _ = f["hash"].(string)
	ip, _ := f["ip"].(string)
	if h == "" && ip == "" {
		p.warn(201, "hash:'targethash' or ip:'1.2.3.4' is required", p.where())
		return "", "", false
	}
	if h == "" {
		return ip, hash(ip), true
	}
	for _, known := range []map[string]bool{keys(p.srv.banned), keys(p.srv.muted)} {
		for a := range known {
			if hash(a) == h {
				return a, h, true
			}
		}
	}
	return "", h, true
}

func keys[V any](from map[string]V) map[string]bool {
	out := map[string]bool{}
	for k := range from {
		out[k] = true
	}
	return out
}

func (p *Peer) cmdUnban(f m) {
	addr, h, ok := p.byAddress(f)
	if !ok {
		return
	}
	delete(p.srv.banned, addr)
	p.info(1210, "Unbanned "+h, p.where())
	p.tellMods(1211, p.signature()+" unbanned: "+h)
}

func (p *Peer) tellMods(id int, text string) {
	for _, r := range p.srv.mods("") {
		if p.gen() != Gen2018 || r.level < levelAdmin {
			r.info(id, text, false)
		}
	}
}

func (p *Peer) cmdUnbanAll(m) {
	clear(p.srv.banned)
	clear(p.srv.scores)
	p.info(1212, "Unbanned all ip addresses", p.where())
	p.tellMods(1213, p.signature()+" unbanned all ip addresses")
}

func (p *Peer) cmdDumb(f m) {
	q := p.victim(f, "This trick wont work on users of the same level")
	if q == nil {
		return
	}
	allies := []string{}
	list, _ := f["allies"].([]any)
	for _, a := range list {
		if nick, ok := a.(string); ok {
			allies = append(allies, nick)
		}
	}
	p.srv.muted[q.addr] = allies
	p.tellMods(1203, fmt.Sprintf("%s muzzled %s in %s, userhash: %s", p.signature(), q.nick, q.channel, hash(q.addr)))
}

func (p *Peer) cmdSpeak(f m) {
	if f["hash"] == "*" || f["ip"] == "*" {
		clear(p.srv.muted)
		p.tellMods(1208, p.nick+" unmuzzled all users")
		return
	}
	if _, byIP := f["ip"]; byIP && p.gen() == Gen2018 {
		p.warn(14, "Failed to execute 'speak': ReferenceError: getSocketHash is not defined", nil)
		return
	}
	addr, h, ok := p.byAddress(f)
	if !ok {
		return
	}
	delete(p.srv.muted, addr)
	p.tellMods(1209, p.signature()+" unmuzzled : "+h)
}

var labels = []struct {
	name  string
	level int64
}{
	{"admin", levelAdmin}, {"moderator", levelMod}, {"channelOwner", levelOwner}, {"channelModerator", levelChanMod},
	{"channelTrusted", 8999}, {"trustedUser", levelTrusted}, {"default", levelDefault}, {"bot", 99},
}

func parseLevel(v any, def int64) (level int64, ok bool) {
	switch v := v.(type) {
	case nil:
		return def, true
	case float64:
		return int64(v), true
	case string:
		i := slices.IndexFunc(labels, func(l struct {
			name  string
			level int64
		}) bool {
			return l.name == v
		})
		if i >= 0 {
			return labels[i].level, true
		}
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	}
	return 0, false
}

func (p *Peer) cmdLock(f m) {
	if _, locked := p.srv.locks[p.channel]; locked {
		p.warn(19, "Channel is already locked.", p.where())
		return
	}
	level, ok := parseLevel(f["level"], p.level)
	if !ok {
		p.warn(232, `Expected "level" to be a number or string label: admin, moderator, channelOwner, channelModerator, channelTrusted, trustedUser, default, bot`, p.where())
		return
	}
	if level > p.level {
		p.warn(231, fmt.Sprintf("Target level too high (%d). You may only lock up to %d", level, p.level), p.where())
		return
	}
	p.srv.locks[p.channel] = level
	text := fmt.Sprintf("Channel: ?%s locked to %d by [%s]%s", p.channel, level, p.trip, p.nick)
	for _, r := range p.srv.roomMods(p.channel) {
		r.info(1206, text, p.channel)
	}
	p.tellMods(1207, text)
}

func (p *Peer) cmdUnlock(m) {
	if _, locked := p.srv.locks[p.channel]; !locked {
		p.warn(19, "Channel is not locked.", p.where())
		return
	}
	delete(p.srv.locks, p.channel)
	for _, r := range p.srv.roomMods(p.channel) {
		r.info(1214, fmt.Sprintf("Channel: ?%s unlocked by [%s]%s", p.channel, p.trip, p.nick), p.channel)
	}
}

func (p *Peer) cmdGuard(m) {
	if p.srv.captchas[p.channel] {
		p.info(1403, "Captcha is already enabled.", p.where())
		return
	}
	p.srv.captchas[p.channel] = true
	for _, r := range p.srv.roomMods(p.channel) {
		r.info(1404, "Captcha enabled on: "+p.channel, p.channel)
	}
}

func (p *Peer) cmdUnguard(m) {
	if !p.srv.captchas[p.channel] {
		p.info(1401, "Captcha is not enabled.", p.where())
		return
	}
	delete(p.srv.captchas, p.channel)
	for _, r := range p.srv.roomMods(p.channel) {
		r.info(1402, "Captcha disabled on: "+p.channel, false)
	}
}
