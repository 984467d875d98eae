package hackchat

import (
	"net/url"
	"regexp"
	"strings"

	"botd/engine"
)

// Settings configure a session: one account, in one or more channels of one server.
type Settings struct {
	// URL is the server's WebSocket address.
	URL string `config:"url"`
	// Nick is 1 to 24 letters, digits and underscores.
	Nick string `config:"nick"`
	// Password becomes the trip code, which proves that it is the same bot as
	// yesterday. It may not contain "#". Without one the bot has no trip code.
	Password engine.Secret `config:"password"`
}

// Adapter connects to hack.chat.
var Adapter = engine.Adapter{
	Name: "hackchat",
	Doc: "hack.chat and servers running its software. Each room is a connection of its own. " +
		"Set `nick`, and `password` for a trip code that tells people it is really your bot.",
	Settings: func() any { return &Settings{URL: "wss://hack.chat/chat-ws", Nick: "botd"} },
	Caps:     gen2026.caps(levelAdmin, ""),
	Commands: commands(),
	Events:   origins,
	Labels:   labels(),
	PerRoom:  true,
	New:      newSession,
}

var validNick = regexp.MustCompile(`^[a-zA-Z0-9_]{1,24}$`)

// maxChannel is the longest name of a channel, in UTF-16 units.
const maxChannel = 120

// validate refuses what the server would refuse, or punish.
func (s *Settings) validate() error {
	if u, err := url.Parse(s.URL); err != nil || u.Host == "" || (u.Scheme != "ws" && u.Scheme != "wss") {
		return engine.Errorf(engine.Invalid, "url %q is not an address like wss://hack.chat/chat-ws", s.URL)
	}
	if err := checkNick(s.Nick); err != nil {
		return err
	}
	if strings.Contains(s.Password.Reveal(), "#") {
		return engine.Errorf(engine.Invalid, `the password contains "#", which the server would cut it at`)
	}
	return nil
}

func checkNick(nick string) error {
	if !validNick.MatchString(nick) {
		return engine.Errorf(engine.Invalid, "nick %q is not 1 to 24 letters, digits and underscores", nick)
	}
	return nil
}

func checkChannel(room engine.RoomID) error {
	if n := engine.UTF16.Count(string(room)); n == 0 || n > maxChannel {
		return engine.Errorf(engine.Invalid, "the name of a channel has 1 to %d characters, %q has %d", maxChannel, room, n)
	}
	return nil
}
