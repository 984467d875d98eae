package hackchat

import "botd/engine"

// native is a command of the protocol as [engine.Call] reaches it.
type native struct {
	name, doc, answer string
	since, until      generation // until 0: still there
	level             int64      // since 2025, and if before is 0 always
	before            int64      // the level it took until then
	cost              float64    // in points, beside that of the frame
	params            []param
	// never says why botd does not send it; "" if it does.
	never string
	// plan checks what the server would punish and says what will answer. Nil: the
	// parameters are all there is, and nothing answers.
	plan func(*link, *invocation) error
}

// param is a parameter, and which servers know it.
type param struct {
	engine.Param
	since generation
}

func (n *native) on(g generation) bool {
	return g >= n.since && (n.until == genUnknown || g <= n.until)
}

func (n *native) levelOn(g generation) int64 {
	if g < gen2025 && n.before != 0 {
		return n.before
	}
	return n.level
}

func need(name, typ, doc string) param {
	return param{Param: engine.Param{Name: name, Type: typ, Doc: doc}}
}

func may(name, typ, doc string) param {
	return param{Param: engine.Param{Name: name, Type: typ, Doc: doc, Optional: true}}
}

func (p param) from(g generation) param {
	p.since = g
	return p
}

// whom is the pair of parameters that name a user; one is enough, and the form that
// goes out is the one the connection's protocol wants.
func whom(typ string) []param {
	many := ""
	if typ != "string" {
		many = ", or several"
	}
	number := "number"
	if many != "" {
		number += "|array"
	}
	return []param{
		may("nick", typ, "who"+many),
		may("userid", number, "instead of nick").from(gen2020),
	}
}

var aimed = whom("string")

const (
	onWallet = "it needs a wallet on a chain, which botd has not"
	onServer = "the server uses it for itself"
)

// aliases are other names the servers know; the names in the table are those the
// oldest of them has.
var aliases = map[string]string{"mute": "dumb", "muzzle": "dumb", "unmute": "speak", "unmuzzle": "speak"}

// natives are the commands of all generations, in the order of the servers' help.
var natives = []native{
	// Core.
	{name: "changecolor", doc: "Takes another colour.", since: gen2020, cost: 1, plan: (*link).callColor, params: []param{
		need("color", "string", "3 or 6 hexadecimal digits, or reset")}},
	{name: "changenick", doc: "Takes another nick.", cost: 6, plan: (*link).callNick, params: []param{need("nick", "string", "")}},
	{name: "chat", doc: "Says a line; a slash at its start makes it a command of the server's.", plan: (*link).callChat, params: []param{
		need("text", "string", ""),
		may("customId", "string", "1 to 6 characters, to edit it by; the bot chooses one if left out").from(gen2025)}},
	{name: "emote", doc: "Says what the bot does.", since: gen2020, plan: (*link).callEmote, params: []param{need("text", "string", "")}},
	{name: "getchannels", doc: "Lists the public channels.", since: gen2025, cost: 4, answer: "a list of {name, count}",
		plan: answeredBy(channelList)},
	{name: "help", doc: "The server's own help.", cost: 2, answer: "{text}", plan: answeredBy(helpText), params: []param{
		may("command", "string", "about one command")}},
	{name: "invite", doc: "Asks a user into another channel.", cost: 2, answer: "{channel}", plan: (*link).callInvite, params: append(aimed[:2:2],
		may("to", "string", "the channel; a random one if left out").from(gen2020))},
	{name: "join", doc: "Enters a channel.", cost: 3, never: "a session is in one channel; session:join(room) opens another",
		params: []param{need("channel", "string", ""), need("nick", "string", ""), may("pass", "string", "").from(gen2020)}},
	{name: "leave", doc: "Leaves a channel.", since: gen2026, cost: 3, never: "session:leave(room) does it", params: []param{need("channel", "string", "")}},
	{name: "morestats", doc: "The server's statistics.", answer: "{users, chans, joins, invites, messages, banned, kicked, stats, uptime, public, text}",
		plan: answeredBy(moreStats)},
	{name: "move", doc: "Goes to another channel.", until: gen2020, cost: 6, never: "a session is in one channel; join the other and leave this one",
		params: []param{need("channel", "string", "")}},
	{name: "ping", doc: "Nothing; there is no answer."},
	{name: "session", doc: "Logs in by the newer protocol, or with a token.", since: gen2020, never: "the session logs in by itself",
		params: []param{may("token", "string", "").from(gen2025)}},
	{name: "stats", doc: "Counts addresses and channels.", answer: "{addresses, channels, text}", plan: answeredBy(stats)},
	{name: "updateMessage", doc: "Changes a message of the bot's own.", since: gen2025, plan: (*link).callUpdate, params: []param{
		need("customId", "string", "of the message"), need("text", "string", ""),
		may("mode", "string", "overwrite if left out, append, prepend or complete")}},
	{name: "whisper", doc: "Tells one user something.", plan: (*link).callWhisper, params: append(aimed[:2:2], need("text", "string", ""))},

	// Moderation.
	{name: "ban", doc: "Bans the address of a user.", level: levelModerator, answer: "{hash} where the server tells it", plan: (*link).callAgainst, params: aimed},
	{name: "disablecaptcha", doc: "Takes the captcha off.", since: gen2025, level: levelModerator, answer: "{text}",
		plan: answeredBy(noticeOf([]int{1401, 1402}, "Captcha is not enabled", "Captcha disabled on: ")), params: []param{may("channel", "string", "this one if left out")}},
	{name: "dumb", doc: "Mutes the address of a user; nobody is told. Also called mute and muzzle.", level: levelModerator, answer: "{hash}",
		plan: (*link).callAgainst, params: append(aimed[:2:2], may("allies", "array", "nicks that see what the user says"))},
	{name: "enablecaptcha", doc: "Puts a captcha before the channel.", since: gen2025, level: levelModerator, answer: "{text}",
		plan: answeredBy(noticeOf([]int{1403, 1404}, "Captcha is already enabled", "Captcha enabled on: ")), params: []param{may("channel", "string", "this one if left out")}},
	{name: "forcecolor", doc: "Gives a user another colour.", since: gen2020, level: levelModerator, plan: (*link).callForce, params: append(aimed[:2:2],
		need("color", "string", "3 or 6 hexadecimal digits, or reset"))},
	{name: "forceflair", doc: "Gives a user a flair.", since: gen2025, level: levelModerator, plan: (*link).callForce, params: append(aimed[:2:2],
		need("flair", "string", "at most 2 UTF-16 units"))},
	{name: "hack", doc: "Asks a user's client to load a script. Clients should not; there is no answer.", since: gen2025, cost: 4, level: levelChannelModerator,
		plan: (*link).callHack, params: append(aimed[:2:2], need("lib", "string", "an address that begins with https://, at most 256 characters"))},
	{name: "kick", doc: "Moves users to another channel.", level: levelChannelModerator, before: levelModerator, plan: (*link).callKick,
		params: append(whom("string|array"), may("to", "string", "the channel, for moderators of the server; a random one if left out").from(gen2020))},
	{name: "lockroom", doc: "Lets nobody below a level in.", since: gen2025, level: levelChannelModerator, plan: (*link).callLock, params: []param{
		may("level", "number|string", "a number or a label such as trustedUser; the bot's own if left out")}},
	{name: "moveuser", doc: "Moves a user to another channel.", until: gen2020, level: levelModerator, plan: (*link).callAgainst,
		params: append(aimed[:2:2], need("channel", "string", "where to"))},
	{name: "speak", doc: "Lifts a mute. Also called unmute and unmuzzle.", level: levelModerator, answer: "{hash} or {text}", plan: (*link).callByHash, params: []param{
		may("hash", "string", "of the address; * lifts all").from(genUnknown), may("ip", "string", "instead of hash").from(gen2020)}},
	{name: "unban", doc: "Lifts a ban.", level: levelModerator, answer: "{hash}", plan: (*link).callByHash, params: []param{
		may("hash", "string", "of the address"), may("ip", "string", "instead of hash")}},
	{name: "unbanall", doc: "Lifts all bans and clears all scores.", level: levelModerator, answer: "{text}",
		plan: answeredBy(noticeOf([]int{1212}, "Unbanned all ip addresses"))},
	{name: "unlockroom", doc: "Lets everybody in again.", since: gen2025, level: levelChannelModerator, plan: (*link).callLock},

	// Ownership of channels.
	{name: "claimchannel", doc: "Takes ownership of the channel. Servers refuse it to who has no wallet.", since: gen2025, answer: "{text}",
		plan: (*link).callClaim},
	{name: "makeprivate", doc: "Takes the channel off the public list.", since: gen2025, level: levelChannelOwner, answer: "{text}",
		plan: answeredBy(noticeOf([]int{1110}, "Channel is now private", "This channel is now private"))},
	{name: "makepublic", doc: "Puts the channel on the public list, after a captcha: the next line the bot says is the answer.", since: gen2025,
		level: levelChannelOwner, answer: "{captcha}", plan: answeredBy(riddle)},
	{name: "renewclaim", doc: "Keeps the ownership of the channel, after a captcha: the next line the bot says is the answer.", since: gen2025,
		level: levelChannelOwner, answer: "{captcha}", plan: answeredBy(riddle)},
	{name: "setlevel", doc: "Gives who has a trip, and is in the channel, a level.", since: gen2025, level: levelChannelModerator, answer: "{text}",
		plan: (*link).callLevel, params: []param{need("trip", "string", "6 characters"), need("level", "string", "a label below the bot's own level")}},
	{name: "setmotd", doc: "Sets the channel's message of the day.", since: gen2025, cost: 6, level: levelChannelModerator, answer: "{text}",
		plan: (*link).callMOTD, params: []param{need("motd", "string", "at most 499 characters")}},
	{name: "unclaimchannel", doc: "Gives up the ownership of the channel.", since: gen2025, level: levelChannelOwner, answer: "{text}",
		plan: answeredBy(noticeOf([]int{1111}, "Channel ownership has been removed"))},

	// Administration.
	{name: "addmod", doc: "Makes who has a trip a moderator.", level: levelAdmin, answer: "{text}", plan: (*link).callTrip, params: []param{need("trip", "string", "6 characters")}},
	{name: "listusers", doc: "Lists everybody on the server.", level: levelAdmin, answer: "a list of {channel, nick}, and {trip, hash} since 2025",
		plan: answeredBy(userList)},
	{name: "reload", doc: "Loads the server's commands anew.", level: levelAdmin, answer: "{text}",
		plan: answeredBy(noticeOf([]int{1106}, "Reloaded ", "Loaded ")), params: []param{may("reason", "string", "").from(gen2020)}},
	{name: "removemod", doc: "Takes the rights of a moderator from a trip.", level: levelAdmin, answer: "{text}", plan: (*link).callTrip,
		params: []param{need("trip", "string", "6 characters")}},
	{name: "saveconfig", doc: "Saves the server's configuration.", level: levelAdmin, answer: "{text}",
		plan: answeredBy(noticeOf([]int{1110}, "Config saved!"))},
	{name: "shout", doc: "Tells everybody on the server something.", level: levelAdmin, answer: "{text}", plan: (*link).callShout,
		params: []param{need("text", "string", "")}},

	// Wallets.
	{name: "disconnectwallet", doc: "Forgets the wallet.", since: gen2026, answer: "{text}", plan: answeredBy(noticeOf([]int{1501, 1502, 1503, 1504, 1505}))},
	{name: "getwallet", doc: "Asks for a user's wallet.", since: gen2026, cost: 2, answer: "the server's frame", plan: (*link).callWallet, params: aimed},
	{name: "relaytx", doc: "Passes on a transaction.", since: gen2026, cost: 2, never: onWallet, params: append(aimed[:2:2], need("tx", "string", ""))},
	{name: "sendsol", doc: "Sends money.", since: gen2026, cost: 8, never: onWallet, params: append(aimed[:2:2], need("amount", "number", ""))},
	{name: "signsiw", doc: "Answers siw.", since: gen2026, never: onWallet, params: []param{need("signature", "string", ""), need("signedMessage", "string", "")}},
	{name: "siw", doc: "Logs in with a wallet.", since: gen2026, never: onWallet, params: []param{need("address", "string", ""), need("wallet", "string", "")}},

	// Internal.
	{name: "disconnect", doc: "Ends a connection.", never: onServer, params: []param{need("cmdKey", "string", "")}},
	{name: "socketreply", doc: "Sends a frame to a client.", never: onServer, params: []param{need("cmdKey", "string", "")}},
}

// commands lists natives for [engine.Adapter].
func commands() []engine.Command {
	list := make([]engine.Command, len(natives))
	for i := range natives {
		list[i] = natives[i].command()
	}
	return list
}

// command describes n. What only some servers have says so.
func (n *native) command() engine.Command {
	c := engine.Command{Name: n.name, Doc: n.doc, Answer: n.answer, Level: label(n.level)}
	if n.before != 0 {
		c.Level += ", until 2020 " + label(n.before)
	}
	switch {
	case n.until != genUnknown:
		c.Doc += " Servers until " + n.until.String() + "."
	case n.since > gen2018:
		c.Doc += " Servers since " + n.since.String() + "."
	}
	if n.never != "" {
		c.Doc += " Never sent: " + n.never + "."
	}
	for _, p := range n.params {
		if p.since > n.since && p.since > gen2018 {
			if p.Doc != "" {
				p.Doc += "; "
			}
			p.Doc += "since " + p.since.String()
		}
		c.Params = append(c.Params, p.Param)
	}
	return c
}

// label is the server's word for a level that not everybody has.
func label(level int64) string {
	for _, r := range ranks {
		if r.level == level {
			return r.label
		}
	}
	return ""
}

// actionPrices are what actions cost whose frame is not all.
var actionPrices = prices()

func prices() map[string]float64 {
	p := map[string]float64{
		engine.PriceConnect: joinCost, "rename": renameCost, "invite": inviteCost,
		"users": 0, "user_info": 0, // answered here
	}
	for _, n := range natives {
		if n.cost > 0 {
			p["call "+n.name] = frameCost + n.cost
		}
	}
	return p
}
