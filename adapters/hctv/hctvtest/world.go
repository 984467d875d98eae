package hctvtest

import (
	"fmt"
	"regexp"
	"time"
)

// Keys of the bots a new server knows. The first two own roles as their names say;
// PlainBotKey2 is what [Server.Rotate] gives plainbot in the recordings.
const (
	ModBotKey    = "hctvb_00000000000000000000000000000001"
	PlainBotKey  = "hctvb_00000000000000000000000000000002"
	AdminBotKey  = "hctvb_00000000000000000000000000000003"
	PlainBotKey2 = "hctvb_00000000000000000000000000000004"
)

// Cookie is the value of the auth_session cookie of a user, Grant the secret of a channel.
func Cookie(user string) string   { return "sess_" + user }
func Grant(channel string) string { return "grant_" + channel }

// Settings are what the owner of a channel can choose. Zero means the default.
type Settings struct {
	MaxLength int           // UTF-16 units of a message, 400
	RateCount int           // messages in a window, 8
	Window    time.Duration // 10 s
	Slow      time.Duration // between two messages of one user; 0 is off
	Blocked   []string      // terms, in lower case
}

func (s Settings) withDefaults() Settings {
	if s.MaxLength == 0 {
		s.MaxLength = 400
	}
	if s.RateCount == 0 {
		s.RateCount = 8
	}
	if s.Window == 0 {
		s.Window = 10 * time.Second
	}
	return s
}

// Roles in a channel.
const (
	Owner         = "owner"
	Manager       = "manager"
	ChatModerator = "chatModerator"
	BotModerator  = "botModerator"
)

var ranks = map[string]int{Owner: 100, Manager: 50, ChatModerator: 10, BotModerator: 10}

// account is a user or a bot.
type account struct {
	id, name, display string
	isBot             bool
	admin             bool // of the platform; users only
	homeless          bool // has no channel of their own, and so may not log in
	owner             *account
}

// title is what a systemMsg calls the account.
func (a *account) title() string {
	if a.homeless {
		return "that user"
	}
	return a.name
}

// identity is who answers for what the account does: of a bot its owner.
func (a *account) identity() *account {
	if a.isBot {
		return a.owner
	}
	return a
}

// channel is one room.
type channel struct {
	name         string
	settings     Settings
	roles        map[string]string // by account id
	restrictions map[string]*restriction
	windows      map[string]*window
	cooldowns    map[string]time.Time
	history      []m
}

type restriction struct {
	ban     bool
	reason  string
	expires time.Time
}

func (r *restriction) frame() any {
	if r == nil {
		return nil
	}
	if r.ban {
		return m{"type": "ban", "reason": r.reason, "expiresAt": nil}
	}
	return m{"type": "timeout", "reason": r.reason, "expiresAt": r.expires.UTC().Format("2006-01-02T15:04:05.000Z")}
}

// window counts the attempts of one account.
type window struct {
	start time.Time
	count int
}

// populate makes the world of the recordings.
func (s *Server) populate() {
	for _, name := range []string{"alice", "bob", "carol", "owner", "manager", "manager2", "mod", "mod2", "admin", "admin2", "nochan", "expired"} {
		s.addUser(name)
	}
	for _, name := range []string{"admin", "admin2"} {
		s.byID["u_"+name].admin = true
	}
	s.byID["u_nochan"].homeless = true
	delete(s.cookies, Cookie("expired"))
	s.addBot("modbot", "Mod Bot", "owner", ModBotKey)
	s.addBot("plainbot", "Plain Bot", "carol", PlainBotKey)
	s.addBot("adminbot", "Admin Bot", "admin", AdminBotKey)
	for name, settings := range map[string]Settings{
		"lounge": {}, "early": {}, "burst": {},
		"strict": {MaxLength: 50, RateCount: 3, Window: 5 * time.Second, Blocked: []string{"badword", "two words", "c++"}},
		"slow":   {Slow: 5 * time.Second},
		"hist":   {MaxLength: 2000, RateCount: 30, Window: 5 * time.Second},
	} {
		s.addChannel(name, settings)
	}
	s.channels["owner"] = newChannel("owner", Settings{})
	s.channels["owner"].roles["u_owner"] = Owner
	s.emoji = []string{
		"aga", "yapa", "heavysob", "yay", "yay-bounce", "aga-brick-throw", "aga-dance", "aga-transparent", "a-aga",
		"a-aga-transparent", "agaban", "agaboing", "agabounce", "agabusiness", "party_parrot", "+1", "legacy1", "legacy2", "blobhaj_heart",
	}
}

func newChannel(name string, settings Settings) *channel {
	return &channel{
		name: name, settings: settings.withDefaults(), roles: map[string]string{}, restrictions: map[string]*restriction{},
		windows: map[string]*window{}, cooldowns: map[string]time.Time{},
	}
}

func (s *Server) addChannel(name string, settings Settings) {
	c := newChannel(name, settings)
	c.roles = map[string]string{
		"u_owner": Owner, "u_manager": Manager, "u_manager2": Manager, "u_mod": ChatModerator, "u_mod2": ChatModerator,
		"b_modbot": BotModerator, "b_adminbot": BotModerator,
	}
	s.channels[name] = c
	s.grants[Grant(name)] = c
}

func (s *Server) addUser(name string) {
	a := &account{id: "u_" + name, name: name}
	s.byID[a.id] = a
	s.cookies[Cookie(name)] = a
}

func (s *Server) addBot(name, display, owner, key string) {
	a := &account{id: "b_" + name, name: name, display: display, isBot: true, owner: s.byID["u_"+owner]}
	s.byID[a.id] = a
	s.keys[key] = a
}

// validName is what the site lets people call a channel.
var validName = regexp.MustCompile(`^[a-z0-9_-]{1,20}$`)

// ValidChannel says whether a channel may be named so.
func ValidChannel(name string) bool { return validName.MatchString(name) }

// AddChannel makes a channel in which everybody has the role they have in lounge.
func (s *Server) AddChannel(name string, settings Settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addChannel(name, settings)
}

// Configure changes the settings of a channel. Nobody is told.
func (s *Server) Configure(channel string, settings Settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels[channel].settings = settings.withDefaults()
}

// SetRole gives an account a role in a channel, "" for none. Connections keep what they
// got when they were made.
func (s *Server) SetRole(channel, id, role string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if role == "" {
		delete(s.channels[channel].roles, id)
		return
	}
	s.channels[channel].roles[id] = role
}

// Rotate gives a bot another key. Connections stay.
func (s *Server) Rotate(old, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[key] = s.keys[old]
	delete(s.keys, old)
}

// AddKey gives a bot one more key.
func (s *Server) AddKey(of, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[key] = s.keys[of]
}

// AddEmoji adds to the pictures there are, in the order of storage.
func (s *Server) AddEmoji(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emoji = append(s.emoji, names...)
}

// Restricted says whether a user may not speak in a channel now.
func (s *Server) Restricted(channel, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.channels[channel].restricted(id) != nil
}

// Restrict is what staff does on the site: nobody is told. Zero means a ban.
func (s *Server) Restrict(channel, id, reason string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels[channel].restrictions[id] = &restriction{ban: d == 0, reason: reason, expires: time.Now().Add(d)}
}

// restricted is the restriction that holds now; it ends without a word.
func (c *channel) restricted(id string) *restriction {
	r := c.restrictions[id]
	if r != nil && !r.ban && !time.Now().Before(r.expires) {
		delete(c.restrictions, id)
		return nil
	}
	return r
}

func (c *channel) mayModerate(a *account) bool {
	return c.roles[a.id] != "" || a.admin
}

func pictureOf(name string) string { return fmt.Sprintf("https://cdn.example.test/%s.png", name) }
