package hackchat

import "botd/engine"

// generation is a stage of the server's history with a wire format of its own.
type generation uint8

const (
	genUnknown generation = iota
	gen2018               // onlineSet without users: no userids, levels, channels
	gen2020               // users without flair: levels, emote; no customId
	gen2025               // flair: customId and updateMessage; notices without numbers
	gen2026               // notices and chat have an id
)

var generationNames = [...]string{"unknown", "2018", "2020", "2025", "2026"}

func (g generation) String() string { return generationNames[g] }

// recognise looks at the roster of a join. 2026 shows only in the notice that
// follows it.
func recognise(set *onlineSetFrame) generation {
	if len(set.Users) == 0 {
		return gen2018
	}
	for _, u := range set.Users {
		if u.Flair.present {
			return gen2025
		}
	}
	return gen2020
}

// The levels of the server; each has the rights of those below.
const (
	levelAdmin            = 9999999
	levelModerator        = 999999 // of the whole server
	levelChannelOwner     = 99999
	levelChannelModerator = 9999
	levelChannelTrusted   = 8999
	levelTrusted          = 500
	levelDefault          = 100
	levelBot              = 99
)

// rank is a level's name on the server and its place on the engine's ladder.
type rank struct {
	level int64
	label string
	role  engine.Role
}

var ranks = []rank{
	{levelAdmin, "admin", engine.Admin},
	{levelModerator, "moderator", engine.Moderator},
	{levelChannelOwner, "channelOwner", engine.Owner},
	{levelChannelModerator, "channelModerator", engine.Moderator},
	{levelChannelTrusted, "channelTrusted", engine.Subscriber},
	{levelTrusted, "trustedUser", engine.Subscriber},
}

func labels() []string {
	var out []string
	for _, r := range ranks {
		out = append(out, r.label)
	}
	return out
}

// rankOf returns the rank of a level. Below the trusted there is none: who has a trip
// is a member, anybody else a guest.
func rankOf(level int64, trip string) (engine.Role, []string) {
	for _, r := range ranks {
		if level >= r.level {
			return r.role, []string{r.label}
		}
	}
	if trip != "" {
		return engine.Member, nil
	}
	return engine.Guest, nil
}

// caps is what a user of a level can do on a server of this generation, at an address.
func (g generation) caps(level int64, server string) engine.Capabilities {
	can := engine.Caps(engine.CapSay, engine.CapWhisper, engine.CapEmote, engine.CapInvite, engine.CapRename,
		engine.CapUsers, engine.CapUserInfo, engine.CapCall, engine.CapPresence)
	if g >= gen2025 {
		can = can.With(engine.CapEdit, engine.CapDeleteOwn)
	}
	if g >= gen2025 && level >= levelChannelModerator {
		can = can.With(engine.CapKick, engine.CapLock)
	}
	if level >= levelModerator {
		can = can.With(engine.CapKick, engine.CapBan, engine.CapBanAddress, engine.CapUnban, engine.CapMute, engine.CapUnmute, engine.CapMove)
	}
	caps := engine.Capabilities{
		Can:    can,
		Text:   engine.Limit{Max: maxText, Unit: engine.UTF16},
		Rate:   userRate(server),
		Prices: actionPrices,
		Echo:   true,
	}
	if g == gen2026 && level >= levelModerator {
		caps.Rate = engine.Rate{} // exempt from every limit once joined
	}
	return caps
}
