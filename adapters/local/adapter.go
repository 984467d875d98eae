package local

import (
	"botd/engine"
)

// MaxText is the longest text of a message, in runes.
const MaxText = 4000

// Settings are the settings of a session.
type Settings struct {
	// Nick is the bot's name in all its rooms.
	Nick string `config:"nick"`
	// Role is what the bot is in its rooms: guest, user, regular, subscriber, moderator,
	// admin or owner. Below admin it can do less.
	Role engine.Role `config:"role"`
}

const doc = `A chat room inside the process, for trying things out: the prompt in the terminal
is a user in it. It needs no account and no network and can do everything a script may ask for.
`

// Adapter returns the adapter whose sessions live on a hub.
func Adapter(hub *Hub) engine.Adapter {
	return engine.Adapter{
		Name:      "local",
		Doc:       doc,
		InProcess: true,
		Settings:  func() any { return &Settings{Nick: "botd", Role: engine.Admin} },
		Caps:      capabilities(engine.AllCaps),
		Commands:  commands(),
		New: func(settings any, env engine.Env) (engine.Session, error) {
			s, ok := settings.(*Settings)
			if !ok {
				return nil, engine.Errorf(engine.Invalid, "settings are %T, not *local.Settings", settings)
			}
			return newSession(hub, *s, env)
		},
	}
}

func capabilities(can engine.CapSet) engine.Capabilities {
	return engine.Capabilities{Can: can, Text: engine.Limit{Max: MaxText, Unit: engine.Runes}, Echo: true}
}

// needs is the role from which on a capability is there, where it is not for everybody.
var needs = map[engine.Capability]engine.Role{
	engine.CapDelete:          engine.Moderator,
	engine.CapKick:            engine.Moderator,
	engine.CapBan:             engine.Moderator,
	engine.CapBanAddress:      engine.Moderator,
	engine.CapUnban:           engine.Moderator,
	engine.CapTimeout:         engine.Moderator,
	engine.CapMute:            engine.Moderator,
	engine.CapUnmute:          engine.Moderator,
	engine.CapTopic:           engine.Moderator,
	engine.CapSlow:            engine.Moderator,
	engine.CapSubscribersOnly: engine.Moderator,
	engine.CapLock:            engine.Moderator,
	engine.CapClear:           engine.Moderator,
	engine.CapPoll:            engine.Moderator,
	engine.CapRaffle:          engine.Moderator,
	engine.CapRole:            engine.Admin,
}

// byRole has what each role can do.
var byRole = func() (sets [engine.Owner + 1]engine.CapSet) {
	for role := range sets {
		sets[role] = engine.AllCaps
		for c, least := range needs {
			if engine.Role(role) < least {
				sets[role] = sets[role].Without(c)
			}
		}
	}
	return sets
}()

// speech is what a muted user cannot do.
var speech = engine.Caps(engine.CapSay, engine.CapReply, engine.CapEmote, engine.CapEdit, engine.CapFile)
