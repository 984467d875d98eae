package hackchattest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

func (p *Peer) cmdStats(m) {
	addrs, channels := map[string]bool{}, map[string]bool{}
	for _, q := range p.srv.peers {
		if q.channel != "" {
			addrs[q.addr], channels[q.channel] = true, true
		}
	}
	p.srv.counts.stats++
	p.info(1306, fmt.Sprintf("%d unique IPs in %d channels", len(addrs), len(channels)), p.where())
}

func (p *Peer) cmdMoreStats(m) {
	c := &p.srv.counts
	c.stats++
	channels := map[string]bool{}
	users := 0
	for _, q := range p.srv.peers {
		if q.channel != "" {
			channels[q.channel] = true
			users++
		}
	}
	up := time.Since(p.srv.started).Truncate(time.Second)
	if p.gen() >= Gen2020 {
		p.info(0, fmt.Sprintf("current-connections: %d\ncurrent-channels: %d\nusers-joined: %d\ninvites-sent: %d\nmessages-sent: %d\nusers-banned: %d\nusers-kicked: %d\nstats-requested: %d\nserver-uptime: %v",
			users, len(channels), c.joins, c.invites, c.messages, c.banned, c.kicked, c.stats, up), p.where())
		return
	}
	p.info(1305, fmt.Sprintf("# Server Statistics\n| Metric | Value |\n| :--- | --- |\n| **Current Connections** | %d |\n| **Current Channels** | %d |", users, len(channels)), p.where(),
		m{"users": users, "chans": len(channels), "joins": c.joins, "invites": c.invites, "messages": c.messages,
			"banned": c.banned, "kicked": c.kicked, "stats": c.stats, "uptime": up.String(), "public": m{}})
}

func (p *Peer) cmdHelp(f m) {
	if !p.charged(2) {
		return
	}
	name, _ := f["command"].(string)
	for alias, of := range aliases {
		if name == alias {
			name = of
		}
	}
	switch {
	case p.gen() == Gen2018 && name == "":
		p.info(0, "Listing all current commands. For specific help on certain commands, use either:\n"+strings.Join(names, ", "), nil)
	case p.gen() == Gen2018 && slices.Contains(names, name):
		p.info(0, "Name: "+name, nil)
	case name == "":
		p.info(1303, "# All commands:\n"+strings.Join(names, ", "), p.where())
	case slices.Contains(names, name):
		p.info(1303, "# "+name+" command:", p.where())
	default:
		p.info(1303, "Unknown command", p.where())
	}
}

func (p *Peer) cmdChannels(m) {
	if p.charged(4) {
		list := []m{{"name": "lounge", "count": len(p.srv.in("lounge"))}, {"name": "botdev", "count": len(p.srv.in("botdev"))}}
		for _, name := range slices.Sorted(maps.Keys(p.srv.estates)) {
			if p.srv.estates[name].public {
				list = append(list, m{"name": name, "count": len(p.srv.in(name))})
			}
		}
		p.tell(m{"cmd": "publicchannels", "list": list})
	}
}

// cmdInternal are commands of the server to itself; nobody knows their key.
func (p *Peer) cmdInternal(m) { p.charge(20) }
