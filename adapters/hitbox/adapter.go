package hitbox

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	"botd/engine"
)

// Settings configure a session: one account, in one or more channels.
type Settings struct {
	// URL is the address below which the REST calls are.
	URL string `config:"url"`
	// Name is the account. Without one the bot is a guest, who can only read.
	Name string `config:"name"`
	// Token proves the account. It takes precedence over a password.
	Token engine.Secret `config:"token"`
	// Password gets a token from the service.
	Password engine.Secret `config:"password"`
	// Color of what the bot says, as six hexadecimal digits.
	Color string `config:"color"`
	// TextMax is the length of a message in UTF-16 units. Sources name 255 and 300.
	TextMax int `config:"text_max"`
	// Pace is the pause between messages that the service bears, half of it for moderators.
	// It was never published.
	Pace time.Duration `config:"pace"`
	// UsersEvery is how often joins and leaves are looked for.
	UsersEvery time.Duration `config:"users_every"`
	// Viewers asks the viewer-count server, too.
	Viewers bool `config:"viewers"`
}

// Adapter connects to hitbox.
var Adapter = engine.Adapter{
	Name: "hitbox",
	Doc: "hitbox chat (later smashcast) and services with its protocol. Each room is a channel, and a connection of its own. " +
		"Set `name` and `token`, or `name` and `password`; without a name the bot only reads.",
	Settings: func() any {
		return &Settings{
			URL: "https://api.hitbox.tv", Color: "4B9188", TextMax: 255, Pace: 1500 * time.Millisecond,
			UsersEvery: time.Minute, Viewers: true,
		}
	},
	Caps:     caps(owner, 255, 1500*time.Millisecond),
	Commands: commands(),
	Events:   origins,
	Labels:   labels(),
	PerRoom:  true,
	New:      newSession,
}

var (
	validName  = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
	validColor = regexp.MustCompile(`^[0-9a-fA-F]{6}$`)
)

// validate refuses what could only meet silence.
func (s *Settings) validate() error {
	u, err := url.Parse(s.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return engine.Errorf(engine.Invalid, "url %q is not an address like https://api.hitbox.tv", s.URL)
	case s.Name != "" && !validName.MatchString(s.Name):
		return engine.Errorf(engine.Invalid, "name %q is not 1 to 64 letters, digits, underscores and hyphens", s.Name)
	case s.Name != "" && s.Token == "" && s.Password == "":
		return engine.Errorf(engine.Invalid, "name %q needs a token or a password", s.Name)
	case s.Name == "" && (s.Token != "" || s.Password != ""):
		return engine.Errorf(engine.Invalid, "a token or password needs the name it belongs to")
	case !validColor.MatchString(s.Color):
		return engine.Errorf(engine.Invalid, "color %q is not six hexadecimal digits", s.Color)
	case s.TextMax < 1 || s.TextMax > 300:
		return engine.Errorf(engine.Invalid, "text_max is %d; it can be 1 to 300", s.TextMax)
	case s.Pace < 0 || s.UsersEvery < time.Second:
		return engine.Errorf(engine.Invalid, "pace cannot be negative, and users_every not below a second")
	}
	return nil
}

func checkChannel(room engine.RoomID) error {
	if !validName.MatchString(string(room)) {
		return engine.Errorf(engine.Invalid, "channel %q is not the name of an account", room)
	}
	return nil
}

// role is a rank in a channel. The broadcaster is one of the admins on the wire.
type role int

const (
	guest role = iota
	anon
	moderator
	admin
	owner
)

var roleNames = map[string]role{"guest": guest, "anon": anon, "user": moderator, "admin": admin}

// level is the rank in the words of the wire.
func (r role) level() string {
	return [...]string{"guest", "anon", "user", "admin", "broadcaster"}[r]
}

func (r role) engine() engine.Role {
	return [...]engine.Role{engine.Guest, engine.Member, engine.Moderator, engine.Admin, engine.Owner}[r]
}

// abilities by the rank from which on they are there.
var abilities = map[role]engine.CapSet{
	anon:      engine.Caps(engine.CapSay, engine.CapWhisper, engine.CapUsers, engine.CapUserInfo, engine.CapCall),
	moderator: engine.Caps(engine.CapTimeout, engine.CapBan, engine.CapUnban, engine.CapSlow, engine.CapSubscribersOnly),
	admin:     engine.Caps(engine.CapBanAddress, engine.CapTopic, engine.CapPoll, engine.CapRaffle),
	owner:     engine.Caps(engine.CapRole),
}

func caps(r role, textMax int, pace time.Duration) engine.Capabilities {
	c := engine.Capabilities{Text: engine.Limit{Max: textMax, Unit: engine.UTF16, Lines: 1}, Echo: true}
	for least, can := range abilities {
		if r >= least {
			c.Can |= can
		}
	}
	if pace > 0 {
		c.RoomRate = engine.Rate{Burst: 3, PerSecond: 1 / pace.Seconds()}
		if r >= moderator {
			c.RoomRate.Burst, c.RoomRate.PerSecond = 6, 2/pace.Seconds()
		}
	}
	return c
}

// fold is how names are compared.
func fold(name string) string { return strings.ToLower(name) }
