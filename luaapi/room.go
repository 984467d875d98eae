package luaapi

import (
	"cmp"
	"time"

	"botd/engine"
	"botd/engine/script"
)

// room is a channel, chat or group of one session.
type room struct {
	session  engine.SessionID
	platform string
	room     engine.Room
}

var roomClass = script.Class[*room]{
	Name: "room",
	Members: []script.Member{
		script.Prop("id", roomID), script.Prop("name", roomName), script.Prop("session", roomSession),
		script.Prop("platform", roomPlatform), script.Live("topic", roomTopic),
		script.Method("say", roomSay).Needs(engine.CapSay), script.Method("emote", roomEmote).Needs(engine.CapEmote), script.PlainMethod("users", roomUsers).Reads(),
		script.Method("user", roomUser).Reads(), script.PlainMethod("history", roomHistory).Reads(), script.Method("wait", roomWait),
		script.PlainMethod("can", roomCan).Reads(), script.Method("limits", roomLimits).Reads(),
		script.Method("set_topic", roomSetTopic).Needs(engine.CapTopic), script.Method("slow", roomSlow).Needs(engine.CapSlow),
		script.Method("subscribers_only", roomSubscribersOnly).Needs(engine.CapSubscribersOnly), script.Method("lock", roomLock).Needs(engine.CapLock),
		script.Method("clear", roomClear).Needs(engine.CapClear), script.Method("invite", roomInvite).Needs(engine.CapInvite), script.Method("leave", roomLeave).Needs(engine.CapLeave), script.Method("move", roomMove).Needs(engine.CapMove),
		script.Method("emoji", roomEmoji).Needs(engine.CapEmoji), script.Method("emoji_search", roomEmojiSearch).Needs(engine.CapEmoji),
		script.Method("poll", roomPoll).Grants(engine.GrantChat), script.Method("polls", roomPolls).Reads(), script.Method("raffle", roomRaffle).Grants(engine.GrantChat), script.Method("raffles", roomRaffles).Reads(),
		script.Method("call", roomCall).Needs(engine.CapCall),
	},
	String: func(r *room) string { return string(r.path()) },
	Equal:  func(a, b *room) bool { return a.session == b.session && a.room.ID == b.room.ID },
}

func (r *room) path() engine.RoomPath { return engine.Path(r.session, r.room.ID) }

func roomOf(s script.RoomState) *room { return &room{s.Session, s.Platform, s.Room} }

// roomID is the full name: "session/room".
func roomID(r *room) script.Word { return script.Word(r.path()) }

// roomName is the name as people write it.
func roomName(r *room) script.Word {
	if r.room.Name == "" {
		return script.Word(r.room.ID)
	}
	return script.Word(r.room.Name)
}

// roomSession is the session it belongs to.
func roomSession(r *room) *session { return &session{r.session, r.platform} }

// roomPlatform is the network: "hackchat", "local" and so on.
func roomPlatform(r *room) script.Word { return script.Word(r.platform) }

// roomTopic is the topic as of now.
func roomTopic(c *script.Call, r *room) string {
	if s, ok := findRoom(c, r.path()); ok {
		return s.Room.Topic
	}
	return r.room.Topic
}

func findRoom(c *script.Call, p engine.RoomPath) (script.RoomState, bool) {
	for _, s := range c.Door().Rooms() {
		if s.Path == p {
			return s, true
		}
	}
	return script.RoomState{}, false
}

// roomSay puts a text into the room. It returns as soon as the text is on its way,
// unless opts.wait is set.
//
//	bot.command("say", function(ev, text)
//	  local sent, err = ev.room:say(text, {wait = true})
//	  log.info(sent and sent.receipt.status or err.message)
//	end)
//	-- ann: !say hello
//	-- botd: hello
//	-- log: echoed
func roomSay(c *script.Call, r *room, a sayArgs) (*message, error) {
	return send(c, r.session, engine.Say{Room: r.room.ID, Text: a.Text}, a.Opts)
}

// roomEmote does what "/me text" does.
//
//	bot.command("wave", function(ev) ev.room:emote("waves") end)
//	-- ann: !wave
//	-- botd does: emote text=waves
func roomEmote(c *script.Call, r *room, a sayArgs) (*message, error) {
	return send(c, r.session, engine.Emote{Room: r.room.ID, Text: a.Text}, a.Opts)
}

// roomUsers lists who is in the room now.
//
//	bot.command("who", function(ev)
//	  local names = {}
//	  for _, u in ipairs(ev.room:users()) do names[#names + 1] = u.name end
//	  ev:reply(table.concat(names, ", "))
//	end)
//	-- ann: !who
//	-- botd: ann, bob, botd
func roomUsers(c *script.Call, r *room, _ script.None) []*user {
	return usersIn(c.Door().Users(r.path()), r.session, r.platform, r.room.ID)
}

type roomUserArgs struct {
	Name string `lua:"name"` // a name or an id
}

// roomUser finds somebody who is in the room now. An id goes before a name. Where the
// network does not tell who comes and goes (room:can("presence") is false), it finds whom
// the bot has seen there.
//
//	bot.command("seen", function(ev, name)
//	  local u, err = ev.room:user(name)
//	  ev:reply(u and u.name .. " is here" or err.message)
//	end)
//	-- ann: !seen bob
//	-- botd: bob is here
//	-- ann: !seen eve
//	-- botd: eve is not in lobby/lobby
func roomUser(c *script.Call, r *room, a roomUserArgs) (*user, error) {
	list := c.Door().Users(r.path())
	for _, u := range list {
		if string(u.ID) == a.Name {
			return &user{u, r.session, r.platform, r.room.ID}, nil
		}
	}
	for _, u := range list {
		if u.Name == a.Name {
			return &user{u, r.session, r.platform, r.room.ID}, nil
		}
	}
	if r.unlisted(c) {
		return roomKnown(c, r, a.Name)
	}
	return nil, engine.Errorf(engine.NotFound, "%s is not in %s", a.Name, r.path())
}

// unlisted reports whether the list of users cannot know who is there, and the session can
// be asked about people.
func (r *room) unlisted(c *script.Call) bool {
	caps, err := c.Door().Caps(r.session, r.room.ID)
	return err == nil && caps.Can.Has(engine.CapUserInfo) && !caps.Can.Has(engine.CapPresence)
}

// roomKnown asks the session for somebody the list of users does not have.
func roomKnown(c *script.Call, r *room, name string) (*user, error) {
	for _, ref := range []engine.UserRef{{ID: engine.UserID(name)}, {Name: name}} {
		rec := c.DoWait(request(r.session, engine.UserInfo{Room: r.room.ID, User: ref}))
		if len(rec.Users) > 0 {
			return &user{rec.Users[0], r.session, r.platform, r.room.ID}, nil
		}
		if err := rec.Error(); engine.CodeOf(err) != engine.NotFound {
			return nil, err
		}
	}
	return nil, engine.Errorf(engine.NotFound, "%s was not seen in %s", name, r.path())
}

type historyArgs struct {
	N int `lua:"n,optional"` // how many, 20 if not given
}

// roomHistory lists the last events of the room that the bot saw, the oldest first.
//
//	bot.command("quote", function(ev)
//	  local before = ev.room:history(2)[1]
//	  ev:reply(before.user.name .. " said: " .. before.text)
//	end)
//	-- bob: I like tea
//	-- ann: !quote
//	-- botd: bob said: I like tea
func roomHistory(c *script.Call, r *room, a historyArgs) []*event {
	if a.N == 0 {
		a.N = 20
	}
	if a.N < 0 {
		c.BadArg("n", "expected a number above 0, got %d", a.N)
	}
	recent := c.Door().Recent(r.path(), a.N)
	c.Charge(len(recent))
	out := make([]*event, len(recent))
	for i, ev := range recent {
		out[i] = c.Deliver(ev)
	}
	return out
}

type capName engine.Capability

func (n *capName) FromLua(c *script.Call, v script.Value) error {
	name, ok := v.AsString()
	if !ok {
		return script.Expected("the name of an action", v)
	}
	got, err := engine.ParseCapability(name)
	if err != nil {
		var all []string
		for _, c := range engine.AllCaps.List() {
			all = append(all, c.String())
		}
		return script.UnknownName("action", name, all)
	}
	*n = capName(got)
	return nil
}

func (capName) LuaType() string { return "string" }

type canArgs struct {
	Action capName `lua:"action"` // "say", "whisper", "ban", "set_topic" and so on
}

// roomCan tells whether the bot can do something in the room now.
//
//	bot.command("shout", function(ev, text)
//	  if ev.room:can("emote") then ev.room:emote(text:upper()) else ev.room:say(text:upper()) end
//	end)
//	-- ann: !shout hey
//	-- botd does: emote text=HEY
func roomCan(c *script.Call, r *room, a canArgs) bool {
	caps, err := c.Door().Caps(r.session, r.room.ID)
	return err == nil && caps.Can.Has(engine.Capability(a.Action))
}

// limits bound what the bot can say in a room. A field that is not there means that no
// limit is known.
type limits struct {
	TextMax   *int     `lua:"text_max"`   // the longest text of one message
	TextUnit  string   `lua:"text_unit"`  // what text_max counts: "runes" (characters), "bytes" or "utf16"
	Lines     *int     `lua:"lines"`      // lines in one message
	PerSecond *float64 `lua:"per_second"` // messages a second, in the long run
	Burst     *float64 `lua:"burst"`      // messages at once
}

// roomLimits tells how much the network lets the bot say. Longer texts are cut and
// faster ones wait by themselves: scripts need not count.
//
//	bot.command("limits", function(ev)
//	  local l = assert(ev.room:limits())
//	  ev:reply(("%d %s, %g a second"):format(l.text_max, l.text_unit, l.per_second))
//	end)
//	-- ann: !limits
//	-- botd: 500 runes, 2 a second
func roomLimits(c *script.Call, r *room, _ script.None) (limits, error) {
	caps, err := c.Door().Caps(r.session, r.room.ID)
	if err != nil {
		return limits{}, err
	}
	rate := caps.RoomRate
	if rate == (engine.Rate{}) {
		rate = caps.Rate
	}
	cost := cmp.Or(rate.PerAction, 1)
	return limits{
		TextMax: known(caps.Text.Max), TextUnit: caps.Text.Unit.String(), Lines: known(caps.Text.Lines),
		PerSecond: known(rate.Sustained() / cost), Burst: known(rate.Burst / cost),
	}, nil
}

// known is nil for zero, which stands for no limit.
func known[T int | float64](n T) *T {
	if n == 0 {
		return nil
	}
	return &n
}

// roomSetTopic sets the topic.
//
//	bot.command{ "topic", args = "text:rest", roles = {"moderator"}, run = function(ev, a)
//	  assert(ev.room:set_topic(a.text))
//	end }
//	-- moderator mia: !topic tea at five
//	-- botd does: set_topic text=tea at five
func roomSetTopic(c *script.Call, r *room, a textArgs) (script.OK, error) {
	return script.OK{}, act(c, r.session, engine.SetTopic{Room: r.room.ID, Text: a.Text})
}

type slowArgs struct {
	Interval time.Duration `lua:"interval"` // 0 turns it off
}

// roomSlow lets each user speak only once per interval.
//
//	bot.command{ "slow", args = "interval:duration=10s", roles = {"moderator"}, run = function(ev, a)
//	  assert(ev.room:slow(a.interval))
//	end }
//	-- moderator mia: !slow
//	-- botd does: slow interval=10s
func roomSlow(c *script.Call, r *room, a slowArgs) (script.OK, error) {
	if a.Interval < 0 {
		c.BadArg("interval", "expected a duration of 0 or more")
	}
	return script.OK{}, act(c, r.session, engine.Slow{Room: r.room.ID, Interval: a.Interval})
}

type onArgs struct {
	On bool `lua:"on"`
}

// roomSubscribersOnly lets only subscribers speak, or with false everybody.
//
//	bot.command{ "subsonly", args = "on:bool", roles = {"moderator"}, run = function(ev, a)
//	  assert(ev.room:subscribers_only(a.on))
//	end }
//	-- moderator mia: !subsonly yes
//	-- botd does: subscribers_only on=true
func roomSubscribersOnly(c *script.Call, r *room, a onArgs) (script.OK, error) {
	return script.OK{}, act(c, r.session, engine.SubscribersOnly{Room: r.room.ID, On: a.On})
}

// roomLock keeps newcomers out, or with false lets them in again.
//
//	bot.command{ "lock", roles = {"moderator"}, run = function(ev) assert(ev.room:lock(true)) end }
//	-- moderator mia: !lock
//	-- botd does: lock on=true
func roomLock(c *script.Call, r *room, a onArgs) (script.OK, error) {
	return script.OK{}, act(c, r.session, engine.Lock{Room: r.room.ID, On: a.On})
}

// roomClear empties what people see of the chat.
//
//	bot.command{ "clear", roles = {"moderator"}, run = function(ev) assert(ev.room:clear()) end }
//	-- moderator mia: !clear
//	-- botd does: clear
func roomClear(c *script.Call, r *room, _ script.None) (script.OK, error) {
	return script.OK{}, act(c, r.session, engine.Clear{Room: r.room.ID})
}

type inviteArgs struct {
	User someone `lua:"user"`        // a user or a name
	To   string  `lua:"to,optional"` // the room to come to; the network picks one if not given
}

// roomInvite asks somebody into another room.
//
//	bot.command{ "bring", args = "who:user", run = function(ev, a) assert(ev.room:invite(a.who, "attic")) end }
//	-- ann: !bring bob
//	-- botd does: invite to=attic user=bob
func roomInvite(c *script.Call, r *room, a inviteArgs) (script.OK, error) {
	return script.OK{}, act(c, r.session, engine.Invite{Room: r.room.ID, User: a.User.ref, To: engine.RoomID(a.To)})
}

// roomLeave takes the bot out of the room.
//
//	bot.command{ "goodbye", roles = {"admin"}, run = function(ev) assert(ev.room:leave()) end }
//	-- admin mia: !goodbye
//	-- botd does: leave
func roomLeave(c *script.Call, r *room, _ script.None) (script.OK, error) {
	return script.OK{}, act(c, r.session, engine.Leave{Room: r.room.ID})
}

type moveArgs struct {
	To string `lua:"to"` // the other room's name in its session
}

// roomMove takes the bot out of the room, into another one of the session.
//
//	bot.command{ "upstairs", roles = {"admin"}, run = function(ev) assert(ev.room:move("attic")) end }
//	-- admin mia: !upstairs
//	-- botd does: move to=attic
func roomMove(c *script.Call, r *room, a moveArgs) (script.OK, error) {
	return script.OK{}, act(c, r.session, engine.Move{Room: r.room.ID, To: engine.RoomID(a.To)})
}
