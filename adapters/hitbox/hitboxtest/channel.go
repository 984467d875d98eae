package hitboxtest

import (
	"slices"
	"strings"
	"time"
)

const (
	backlogSize = 6
	maxText     = 300 // UTF-16 units
)

// channel is the chat of one broadcaster.
type channel struct {
	srv  *Server
	name string

	roles       map[string]role // those given, by account
	followers   map[string]bool
	subscribers map[string]bool
	staff       map[string]bool
	community   map[string]bool

	banned   map[string]string // names by account
	timeouts map[string]time.Time
	slow     int  // seconds
	subsOnly bool // excludes slow
	spoke    map[string]time.Time
	said     map[string]string

	backlog []m
	log     []m
	motd    m
	media   m
	images  []any
	counts  m
	poll    *poll
	raffle  *raffle
}

func newChannel(s *Server, name string) *channel {
	return &channel{
		srv: s, name: name, roles: map[string]role{},
		followers: map[string]bool{}, subscribers: map[string]bool{}, staff: map[string]bool{}, community: map[string]bool{},
		banned: map[string]string{}, timeouts: map[string]time.Time{}, spoke: map[string]time.Time{}, said: map[string]string{},
		media:  m{"media_user_name": name, "media_id": "1001", "media_is_live": "0", "media_status": "", "category_name": nil},
		counts: m{"viewers": 0, "subscribers": 0, "followers": 0, "registered": 0, "embed": 0, "online": false},
	}
}

// roleOf is what an account is in the channel, whoever it is.
func (c *channel) roleOf(account string) role {
	switch {
	case account == c.name:
		return owner
	case c.staff[account], c.community[account]:
		return admin
	}
	return max(c.roles[account], anon)
}

func (c *channel) peers() []*Peer { return c.srv.in(c.name) }

// tell sends everybody from a role upwards something.
func (c *channel) tell(least role, method string, params any) {
	for _, p := range c.peers() {
		if p.role >= least {
			p.tell(method, params)
		}
	}
}

func (c *channel) info(text, action string, more m) m {
	params := m{"text": text, "channel": c.name, "timestamp": now(), "action": action}
	for k, v := range more {
		params[k] = v
	}
	return params
}

// note puts something into the log of the channel.
func (c *channel) note(text string) {
	entry := m{"text": text, "timestamp": now(), "channel": c.name}
	c.log = append(c.log, entry)
	c.tell(admin, "chatLog", entry)
}

func (c *channel) flags(account string) m {
	return m{
		"isFollower": c.followers[account], "isSubscriber": c.subscribers[account], "isOwner": account == c.name,
		"isStaff": c.staff[account], "isCommunity": c.community[account],
	}
}

// userList lists each user in one of three roles, and under any number of flags.
func (c *channel) userList() m {
	data := m{"Guests": nil}
	lists := map[string][]string{}
	guests := 0
	for _, p := range c.peers() {
		if p.role == guest {
			guests++
			continue
		}
		keys := []string{p.role.wire()}
		for flag, set := range c.flags(p.account()) {
			if set == true && flag != "isOwner" {
				keys = append(keys, flag)
			}
		}
		for _, key := range keys {
			if !slices.Contains(lists[key], p.name) {
				lists[key] = append(lists[key], p.name)
			}
		}
	}
	for _, key := range []string{"admin", "user", "anon", "isFollower", "isSubscriber", "isStaff", "isCommunity"} {
		list := lists[key]
		if list == nil {
			list = []string{}
		}
		data[key] = list
	}
	if guests > 0 {
		data["Guests"] = guests
	}
	return m{"channel": c.name, "data": data}
}

func (c *channel) banList() m {
	names := []string{}
	for _, name := range c.banned {
		names = append(names, name)
	}
	slices.Sort(names)
	return m{"channel": c.name, "data": names}
}

// The rest sets the stage.

// Rank gives an account a role in a channel: anon, user or admin.
func (s *Server) Rank(channel, name, role string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(channel)
	for r := anon; r <= admin; r++ {
		if r.wire() == role {
			c.rank(strings.ToLower(name), r)
		}
	}
}

func (c *channel) rank(account string, r role) {
	c.roles[account] = r
	for _, p := range c.peers() {
		if p.role > guest && p.account() == account {
			p.role = c.roleOf(account)
		}
	}
}

// Mark gives an account a flag in a channel: isFollower, isSubscriber, isStaff or
// isCommunity.
func (s *Server) Mark(channel, name, flag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(channel)
	account := strings.ToLower(name)
	switch flag {
	case "isFollower":
		c.followers[account] = true
		c.note("<user>" + name + "</user> followed")
	case "isSubscriber":
		c.subscribers[account] = true
		c.tell(guest, "infoMsg", m{"text": name + " subscribed!", "channel": c.name, "subscriber": name, "type": "subChannel", "time": now()})
	case "isStaff":
		c.staff[account] = true
	case "isCommunity":
		c.community[account] = true
	}
}

// Stream changes what is on, as the site does when the broadcaster edits it.
func (s *Server) Stream(channel, title, game string, live bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(channel)
	c.media["media_status"], c.media["category_name"] = title, game
	c.media["media_is_live"] = map[bool]string{true: "1", false: "0"}[live]
	c.tell(guest, "serverMsg", m{"channel": c.name, "text": m{"media": c.media}, "type": "resourceUpdate", "time": now()})
}

// Host has the channel show another one, or itself again if name is empty.
func (s *Server) Host(channel, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(channel)
	media, mode := c.media, "off"
	if name != "" {
		media, mode = s.channel(name).media, "on"
	}
	c.tell(guest, "serverMsg", m{"channel": c.name, "text": m{"media": media}, "type": "hostModeUpdate", "mode": mode, "time": now()})
}

// Banned says whether an account is banned in a channel.
func (s *Server) Banned(channel, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, banned := s.channel(channel).banned[strings.ToLower(name)]
	return banned
}

// Role is that of an account in a channel, in the words of the wire.
func (s *Server) Role(channel, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.channel(channel).roleOf(strings.ToLower(name)).wire()
}

// Modes are the seconds of slow mode, and whether only subscribers may speak.
func (s *Server) Modes(channel string) (slow int, subscribers bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(channel)
	return c.slow, c.subsOnly
}

// Sticky is the sticky message of a channel.
func (s *Server) Sticky(channel string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, _ := s.channel(channel).motd["text"].(string)
	return text
}

// Status of the poll and the giveaway of a channel, "" without.
func (s *Server) Status(channel string) (poll, raffle string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(channel)
	if c.poll != nil {
		poll = c.poll.status
	}
	if c.raffle != nil {
		raffle = c.raffle.status
	}
	return poll, raffle
}
