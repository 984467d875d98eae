package luaapi

import (
	"slices"
	"time"

	"botd/engine"
	"botd/engine/script"
)

// user is somebody in a room, as they were when the bot saw them.
type user struct {
	user     engine.User
	session  engine.SessionID
	platform string
	room     engine.RoomID
}

var userClass = script.Class[*user]{
	Name: "user",
	Members: []script.Member{
		script.Prop("id", userID), script.Prop("name", userName), script.Prop("display", userDisplay),
		script.Prop("role", userRole), script.Prop("roles", userRoles), script.Prop("trip", userTrip),
		script.Prop("account", userAccount), script.Prop("identity", userIdentity), script.Prop("groups", userGroups), script.Prop("is_bot", userIsBot), script.Prop("joined", userJoined),
		script.PlainMethod("is", userIs).Reads(), script.PlainMethod("mention", userMention).Reads(), script.Method("whisper", userWhisper).Needs(engine.CapWhisper),
		script.Method("warn", userWarn).Needs(stepNeeds...), script.Method("permit", userPermit).Needs(stepNeeds...),
		script.Method("mute", userMute).Needs(engine.CapMute, engine.CapTimeout), script.Method("unmute", userUnmute).Needs(engine.CapUnmute), script.Method("timeout", userTimeout).Needs(engine.CapTimeout),
		script.Method("kick", userKick).Needs(engine.CapKick), script.Method("move", userMove).Needs(engine.CapMove), script.Method("ban", userBan).Needs(engine.CapBan, engine.CapBanAddress), script.Method("unban", userUnban).Needs(engine.CapUnban),
		script.Method("grant", userGrant).Grants(engine.GrantModerate), script.Method("revoke", userRevoke).Grants(engine.GrantModerate),
	},
	String: func(u *user) string { return u.user.Name },
	Equal: func(a, b *user) bool {
		return a.session == b.session && a.user.ID == b.user.ID && (a.user.ID != "" || a.user.Name == b.user.Name && a.room == b.room)
	},
}

func usersIn(list []engine.User, s engine.SessionID, platform string, r engine.RoomID) []*user {
	out := make([]*user, len(list))
	for i, u := range list {
		out[i] = &user{u, s, platform, r}
	}
	return out
}

// someone is an argument that names a user: the object, or a name.
type someone struct{ ref engine.UserRef }

func (s *someone) FromLua(c *script.Call, v script.Value) error {
	if u, ok := v.Object().(*user); ok {
		s.ref = u.user.Ref()
		return nil
	}
	name, ok := v.AsString()
	if !ok || name == "" {
		return script.Expected("a user or a name", v)
	}
	s.ref.Name = name
	return nil
}

func (someone) LuaType() string { return "user|string" }

// userID names the user within the session by the most stable thing the network has.
func userID(u *user) string { return string(u.user.ID) }

// userName is the nick, as people type it.
func userName(u *user) script.Word { return script.Word(u.user.Name) }

// userDisplay is a longer form of the name for show.
func userDisplay(u *user) string {
	if u.user.Display == "" {
		return u.user.Name
	}
	return u.user.Display
}

// userRole is the rung of the ladder guest, user, regular, subscriber, moderator,
// admin, owner. Each includes those below it: ask with user:is.
func userRole(u *user) script.Word { return script.Word(u.user.Role.String()) }

// userRoles are the network's own words for what the user is.
func userRoles(u *user) []string { return u.user.Roles }

// userTrip is a proof of a password that the network shows; nil if there is none.
func userTrip(u *user) *string { return some(u.user.Trip) }

// userAccount is what makes this user the same one tomorrow. If it is nil only the
// name speaks for them, and a name proves nothing.
func userAccount(u *user) *string { return some(u.user.Account) }

// userIdentity names the person over all networks, if they have linked their accounts with
// !link; else nil.
func userIdentity(u *user) *string { return some(u.user.Identity) }

// userGroups are the groups of config.yaml that the user is in.
func userGroups(u *user) []string { return u.user.Groups }

// some is nil for the empty string.
func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// userIsBot tells that the network calls the user a bot.
func userIsBot(u *user) bool { return u.user.IsBot }

// userJoined is when the user came in; nil if that is not known.
func userJoined(u *user) *time.Time {
	if u.user.Joined.IsZero() {
		return nil
	}
	return &u.user.Joined
}

type isArgs struct {
	Role string `lua:"role"` // a rung of the ladder, one of the network's own words, or a group of config.yaml
}

// userIs tells whether the user has a role, or one above it.
//
//	bot.command("rank", function(ev) ev:reply(ev.user:is("moderator") and "you may moderate" or "you may chat") end)
//	-- ann: !rank
//	-- botd: you may chat
//	-- admin mia: !rank
//	-- botd: you may moderate
func userIs(_ *script.Call, u *user, a isArgs) bool {
	if r, err := engine.ParseRole(a.Role); err == nil {
		return u.user.Role >= r
	}
	return slices.Contains(u.user.Roles, a.Role) || slices.Contains(u.user.Groups, a.Role)
}

// userMention is how to address the user in a text: "@name".
//
//	bot.command("poke", function(ev) ev.room:say(ev.user:mention() .. ": poke") end)
//	-- ann: !poke
//	-- botd: @ann: poke
func userMention(_ *script.Call, u *user, _ script.None) string { return "@" + u.user.Name }

// userWhisper tells the user something in private.
//
//	bot.command{ "tell", args = "who:user text:rest", run = function(ev, a) a.who:whisper(ev.user.name .. " says " .. a.text) end }
//	-- ann: !tell bob hello
//	-- botd to bob: ann says hello
func userWhisper(c *script.Call, u *user, a sayArgs) (*message, error) {
	return send(c, u.session, engine.Whisper{Room: u.room, User: u.user.Ref(), Text: a.Text}, a.Opts)
}

type muteArgs struct {
	D      time.Duration `lua:"d,optional"`      // for how long; until unmute if not given
	Reason string        `lua:"reason,optional"` // shown where the network can
}

// userMute keeps the user from speaking. With a duration it is a timeout.
//
//	bot.command{ "mute", args = "who:user for:duration?", roles = {"moderator"}, run = function(ev, a)
//	  assert(a.who:mute(a["for"], "by " .. ev.user.name))
//	end }
//	-- moderator mia: !mute bob
//	-- botd does: mute reason=by mia user=bob
//	-- moderator mia: !mute bob 5s
//	-- botd does: timeout length=5s reason=by mia user=bob
func userMute(c *script.Call, u *user, a muteArgs) (script.OK, error) {
	if a.D < 0 {
		c.BadArg("d", "expected a duration above 0")
	}
	if a.D > 0 {
		return script.OK{}, act(c, u.session, engine.TimeOut{Room: u.room, User: u.user.Ref(), Length: a.D, Reason: a.Reason})
	}
	return script.OK{}, act(c, u.session, engine.Mute{Room: u.room, User: u.user.Ref(), Reason: a.Reason})
}

// userUnmute lifts a mute or a timeout.
//
//	bot.command{ "unmute", args = "who:user", roles = {"moderator"}, run = function(ev, a) assert(a.who:unmute()) end }
//	-- moderator mia: !unmute bob
//	-- botd does: unmute user=bob
func userUnmute(c *script.Call, u *user, _ script.None) (script.OK, error) {
	return script.OK{}, act(c, u.session, engine.Unmute{Room: u.room, User: u.user.Ref()})
}

type timeoutUserArgs struct {
	D      time.Duration `lua:"d"`               // for how long
	Reason string        `lua:"reason,optional"` // shown where the network can
}

// userTimeout keeps the user from speaking for a while.
//
//	bot.hear("^spam", function(ev) assert(ev.user:timeout("1s", "spam")) end)
//	-- eve: spam spam
//	-- botd does: timeout length=1s reason=spam user=eve
func userTimeout(c *script.Call, u *user, a timeoutUserArgs) (script.OK, error) {
	if a.D <= 0 {
		c.BadArg("d", "expected a duration above 0")
	}
	return script.OK{}, act(c, u.session, engine.TimeOut{Room: u.room, User: u.user.Ref(), Length: a.D, Reason: a.Reason})
}

// userKick removes the user from the room.
//
//	bot.command{ "kick", args = "who:user why:rest?", roles = {"moderator"}, run = function(ev, a)
//	  local ok, err = a.who:kick(a.why)
//	  if not ok then ev:whisper("that did not work: " .. err.message) end
//	end }
//	-- moderator mia: !kick bob no shouting
//	-- botd does: kick reason=no shouting user=bob
func userKick(c *script.Call, u *user, a reasonArgs) (script.OK, error) {
	return script.OK{}, act(c, u.session, engine.Kick{Room: u.room, User: u.user.Ref(), Reason: a.Reason})
}

// userMove puts the user into another room of the session.
//
//	bot.command{ "offtopic", args = "who:user", roles = {"moderator"}, run = function(ev, a) assert(a.who:move("attic")) end }
//	-- moderator mia: !offtopic bob
//	-- botd does: move to=attic user=bob
func userMove(c *script.Call, u *user, a moveArgs) (script.OK, error) {
	return script.OK{}, act(c, u.session, engine.Move{Room: u.room, User: u.user.Ref(), To: engine.RoomID(a.To)})
}

type banArgs struct {
	Opts banOpts `lua:"opts,optional"`
}

type banOpts struct {
	D       time.Duration `lua:"d,optional"`       // for how long; for ever if not given
	Reason  string        `lua:"reason,optional"`  // shown where the network can
	Address bool          `lua:"address,optional"` // ban where the user comes from
}

// userBan keeps the user out of the room.
//
//	bot.command{ "ban", args = "who:user", roles = {"moderator"}, run = function(ev, a)
//	  assert(a.who:ban{reason = "by " .. ev.user.name})
//	end }
//	-- moderator mia: !ban bob
//	-- botd does: ban reason=by mia user=bob
func userBan(c *script.Call, u *user, a banArgs) (script.OK, error) {
	if a.Opts.D < 0 {
		c.BadArg("opts", "d: expected a duration above 0")
	}
	return script.OK{}, act(c, u.session, engine.Ban{
		Room: u.room, User: u.user.Ref(), Length: a.Opts.D, Reason: a.Opts.Reason, Address: a.Opts.Address,
	})
}

// userUnban lifts a ban.
//
//	bot.on("ban", function(ev) if ev.target.name == "bob" then assert(ev.target:unban()) end end)
//	bot.command{ "pardon", args = "who:user", roles = {"moderator"}, run = function(ev, a) assert(a.who:unban()) end }
//	-- moderator mia: !pardon bob
//	-- botd does: unban user=bob
func userUnban(c *script.Call, u *user, _ script.None) (script.OK, error) {
	return script.OK{}, act(c, u.session, engine.Unban{Room: u.room, User: u.user.Ref()})
}

// who gives a role.
type giver string

func (giver) Values() []string { return []string{"network", "bot"} }

type roleArgs struct {
	Role engine.Role `lua:"role"`        // a rung of the ladder
	By   giver       `lua:"by,optional"` // "network": there, for all to see; "bot": for the bot alone, wherever it meets the account. If not given, the network where it can, but for regular
}

// userGrant gives the user a role. One that the bot gives outlives restarts, needs an account
// and is known to scripts alone: user.role and the roles of commands.
//
//	bot.command{ "promote", args = "who:user", roles = {"admin"}, run = function(ev, a)
//	  local ok, why = a.who:grant("regular")
//	  ev:reply(ok and "done" or "no: " .. why.message)
//	end }
//	-- admin mia: !promote bob
//	-- botd: no: bob has no account
func userGrant(c *script.Call, u *user, a roleArgs) (script.OK, error) {
	return giveRole(c, u, a, false)
}

// userRevoke takes a role away, as user:grant gives it.
//
//	bot.command{ "demote", args = "who:user", roles = {"admin"}, run = function(ev, a)
//	  local ok, why = a.who:revoke("regular")
//	  ev:reply(ok and "done" or "no: " .. why.message)
//	end }
//	-- admin mia: !demote bob
//	-- botd: no: bob has no account
func userRevoke(c *script.Call, u *user, a roleArgs) (script.OK, error) {
	return giveRole(c, u, a, true)
}

func giveRole(c *script.Call, u *user, a roleArgs, revoke bool) (script.OK, error) {
	by := a.By
	if caps, err := c.Door().Caps(u.session, u.room); by == "" && (a.Role == engine.Regular || err == nil && !caps.Can.Has(engine.CapRole)) {
		by = "bot"
	}
	if by != "bot" {
		return script.OK{}, act(c, u.session, engine.SetRole{Room: u.room, User: u.user.Ref(), Role: a.Role, Revoke: revoke})
	}
	role := a.Role
	if revoke {
		role = engine.Guest
	}
	var err error
	c.Wait(func(end func()) func() {
		c.Door().GiveRole(c.Origin(), u.session, u.user, role, func(e error) {
			err = e
			end()
		})
		return nil
	})
	return script.OK{}, err
}
