package hackmud

import (
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"

	"botd/engine"
)

// Settings configure a session: an account, or some of its users, in some channels.
type Settings struct {
	// URL is where the endpoints are. http is only for servers on this machine.
	URL string `config:"url"`
	// Token is the chat token, or a fresh pass of 5 characters from chat_pass in the game,
	// which is traded for one. Without it 'botd login' has to be run once.
	Token engine.Secret `config:"token"`
	// Users are those of the account's users to be, all of them if empty. The first that is
	// in a channel speaks there.
	Users []string `config:"users"`
	// Interval is the pause between two looks for messages. The documentation of the
	// network asks for 2s; the server enforces 700ms for each token.
	Interval time.Duration `config:"interval"`
	// Backlog is how far back to read at the very first start, up to 590s. What is from
	// then comes as history.
	Backlog time.Duration `config:"backlog"`
	// Parts is into how many messages a long text is cut at most; the rest is left out.
	// 5 use up what a user may say in 20 seconds.
	Parts int `config:"parts"`
}

// Adapter connects to hackmud. Sessions that use the same token share its limits.
func Adapter() engine.Adapter {
	shared := &tokens{}
	return engine.Adapter{
		Name: "hackmud",
		Doc: "The chat of the game hackmud, over its HTTP interface. One session serves the channels of one account. " +
			"Type `chat_pass` in the game, then run `botd login` with the name of the session.",
		Settings: func() any {
			return &Settings{URL: "https://www.hackmud.com/mobile", Interval: chatsGap, Parts: 5}
		},
		Caps:      caps(1),
		Commands:  commands,
		Events:    origins,
		TellsGaps: true,
		Login:     &login,
		New: func(settings any, env engine.Env) (engine.Session, error) {
			return newSession(shared, settings, env)
		},
	}
}

// caps are those of a session with so many users, each with an allowance of its own.
func caps(users int) engine.Capabilities {
	const perSecond = sendsWindow / float64(sendWindow/time.Second)
	return engine.Capabilities{
		Can:      engine.Caps(engine.CapSay, engine.CapWhisper, engine.CapUsers, engine.CapPresence, engine.CapCall),
		Text:     textLimit,
		Rate:     engine.Rate{Burst: float64(users * sendsWindow), PerSecond: float64(users) * perSecond},
		RoomRate: engine.Rate{Burst: sendsWindow, PerSecond: perSecond},
		Echo:     true,
	}
}

const maxBacklog = 590 * time.Second

var (
	validUser    = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,24}$`)
	validChannel = regexp.MustCompile(`^[a-zA-Z0-9_]{1,50}$`)
)

func (s *Settings) validate() error {
	if err := checkURL(s.URL); err != nil {
		return err
	}
	for _, u := range s.Users {
		if !validUser.MatchString(u) {
			return engine.Errorf(engine.Invalid, "user %q is not 1 to 25 lower-case letters, digits and underscores", u)
		}
	}
	switch {
	case s.Interval < fastestGap:
		return engine.Errorf(engine.Invalid, "interval is %v, and the server takes one call in %v", s.Interval, fastestGap)
	case s.Interval > time.Minute:
		return engine.Errorf(engine.Invalid, "interval is %v, more than a minute: nobody would wait for an answer", s.Interval)
	case s.Backlog < 0 || s.Backlog > maxBacklog:
		return engine.Errorf(engine.Invalid, "backlog is %v; the server keeps messages for ten minutes, so it may be 0 to %v", s.Backlog, maxBacklog)
	case s.Parts < 1:
		return engine.Errorf(engine.Invalid, "parts is %d, but a text has at least 1", s.Parts)
	}
	return nil
}

// checkURL accepts https anywhere, and http where nobody can listen.
func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return engine.Errorf(engine.Invalid, "url %q is not an address like https://www.hackmud.com/mobile", text)
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return engine.Errorf(engine.Invalid, "url %q would show the token to everybody on the way; write https", text)
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// checkRoom accepts a channel, or the conversation that a private message came in.
func checkRoom(room engine.RoomID) error {
	if _, _, ok := parseTell(room); ok || validChannel.MatchString(string(room)) {
		return nil
	}
	return engine.Errorf(engine.Invalid, "room %q is no channel: they have 1 to 50 letters, digits and underscores", room)
}

// tellRoom is the conversation of an own user with somebody else.
func tellRoom(own, other string) engine.RoomID {
	return engine.RoomID("tell:" + own + ":" + other)
}

func parseTell(room engine.RoomID) (own, other string, ok bool) {
	rest, ok := strings.CutPrefix(string(room), "tell:")
	own, other, found := strings.Cut(rest, ":")
	return own, other, ok && found
}
