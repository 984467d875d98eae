package hctv

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"botd/engine"
)

// Settings configure a session: one account, in one or more channels. Exactly one of
// token, cookie and grant has to be given.
type Settings struct {
	// URL is the address of the chat without the channel. The site's documentation also
	// names wss://hackclub.tv/api/chat/ws.
	URL string `config:"url"`
	// Token is the key of a bot account, hctvb_ and 32 digits; the way for bots.
	Token engine.Secret `config:"token"`
	// Cookie is the value of the cookie auth_session of a person's login.
	Cookie engine.Secret `config:"cookie"`
	// Grant is the secret of one channel for overlays; with it a session can only read.
	Grant engine.Secret `config:"grant"`
	// Name is whom the session has to be logged in as; anybody if empty.
	Name string `config:"name"`
	// Messages is how many messages the channel's owner lets one user send in a window;
	// the server does not tell.
	Messages int `config:"messages"`
	// Window is the length of that window, 5s to 60s.
	Window time.Duration `config:"window"`
}

// Adapter connects to hackclub.tv.
var Adapter = engine.Adapter{
	Name: "hctv",
	Doc: "The chat of hackclub.tv. Each room is a channel, and a connection of its own. Make a bot account in the site's " +
		"settings and set `token` to its key; the channel's owner makes it a moderator.",
	Settings:  func() any { return &Settings{URL: defaultURL, Messages: usualLimit.Count, Window: usualLimit.Window} },
	Caps:      capsOf(defaultLength, moderatorCan, moderatorRate),
	Commands:  commands(),
	Events:    origins,
	Labels:    append(slices.Sorted(maps.Keys(roles)), platformAdmin),
	PerRoom:   true,
	TellsGaps: true,
	New:       newSession,
}

const (
	defaultURL = "wss://hackclub.tv/api/stream/chat/ws"
	// defaultLength is the longest message where the channel says nothing else.
	defaultLength = 400
)

// What a session may be able to do, by what it logged in with and its rights.
var (
	readerCan    = engine.Caps(engine.CapUserInfo)
	userCan      = readerCan.With(engine.CapSay, engine.CapEmoji, engine.CapCall)
	moderatorCan = userCan.With(engine.CapDelete, engine.CapDeleteOwn, engine.CapTimeout, engine.CapBan, engine.CapUnban, engine.CapUnmute)
)

func capsOf(length int, can engine.CapSet, rate engine.Rate) engine.Capabilities {
	return engine.Capabilities{
		Can: can, Text: engine.Limit{Max: length, Unit: engine.UTF16}, Rate: rate, Prices: prices, Echo: can.Has(engine.CapSay),
	}
}

// prices of what the server does not count.
var prices = map[string]float64{
	"emoji": 0, "search_emoji": 0, "user_info": 0, "call ping": 0, "call emojiMsg": 0, "call emojiSearch": 0,
}

// validate refuses what cannot work.
func (s *Settings) validate() error {
	if u, err := url.Parse(s.URL); err != nil || u.Host == "" || (u.Scheme != "ws" && u.Scheme != "wss") || u.RawQuery != "" {
		return engine.Errorf(engine.Invalid, "url is not an address like %s", defaultURL)
	}
	given := 0
	for _, secret := range []engine.Secret{s.Token, s.Cookie, s.Grant} {
		if secret.Reveal() != "" {
			given++
		}
	}
	switch token := s.Token.Reveal(); {
	case given == 0:
		return engine.Errorf(engine.Invalid, "no token: set it to the key of a bot account, or set cookie or grant")
	case given > 1:
		return engine.Errorf(engine.Invalid, "token, cookie and grant exclude each other: with a bad key and a cookie the server would log in the person")
	case token != "" && !strings.HasPrefix(token, "hctvb_"):
		return engine.Errorf(engine.Invalid, "token does not begin with hctvb_, as the key of a bot does")
	case strings.ContainsAny(token+s.Cookie.Reveal(), "\r\n; "):
		return engine.Errorf(engine.Invalid, "token or cookie holds a character that neither can have")
	case s.Messages < 1 || s.Window <= 0:
		return engine.Errorf(engine.Invalid, "messages and window have to be above 0")
	}
	return nil
}

// validChannel is what names new channels may have, and upper case in case old ones did.
var validChannel = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

func checkChannel(room engine.RoomID) error {
	if !validChannel.MatchString(string(room)) {
		return engine.Errorf(engine.Invalid, "%q is no name of a channel: 1 to 20 of a-z, 0-9, _ and -", room)
	}
	return nil
}
