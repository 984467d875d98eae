package luaapi

import (
	"cmp"
	"time"

	"botd/engine"
	"botd/engine/moderate"
	"botd/engine/script"
)

// mod moderates: rules that every line is held to before anything else sees it, ladders of
// steps that follow, and a case for each step with who, what, why and how to undo it. A script needs the
// grant "moderate", and "chat" to warn people.
//
// When a case is settled all scripts get an event "moderation", whose data says what
// happened.
var modModule = script.Module{Name: "mod", Members: []script.Member{
	script.Fn("rules", modRules).Needs(stepNeeds...), script.Fn("check", modCheck).Reads(), script.Plain("ladder", modLadder),
	script.Fn("case", modCase).Needs(stepNeeds...).Reads(), script.Fn("cases", modCases).Needs(stepNeeds...).Reads(),
	script.Fn("undo", modUndo).Needs(stepNeeds...), script.Fn("permit", modPermit).Needs(stepNeeds...), script.Fn("act", modAct).Needs(stepNeeds...), script.Fn("nuke", modNuke).Needs(stepNeeds...),
}}

// stepNeeds are what steps, and what undoes them, can need: any of them will do for some.
var stepNeeds = []engine.Capability{
	engine.CapDelete, engine.CapWhisper, engine.CapSay, engine.CapKick, engine.CapTimeout, engine.CapMute, engine.CapUnmute, engine.CapBan, engine.CapUnban,
}

// settled waits for what a desk answers.
func settled[T any](c *script.Call, ask func(d script.Moderation, done func(T, error))) (T, error) {
	var got T
	d, err := c.Door().Moderation(c.Origin())
	if err != nil {
		return got, err
	}
	c.Wait(func(end func()) func() {
		ask(d, func(v T, e error) {
			got, err = v, e
			end()
		})
		return nil
	})
	return got, err
}

type permitArgs struct {
	User *user      `lua:"user"`
	What ruleKind   `lua:"what"` // the kind of rule: "links"
	Opts permitOpts `lua:"opts,optional"`
}

type ruleKind string

func (ruleKind) Values() []string { return moderate.Kinds() }

type permitOpts struct {
	For   time.Duration `lua:"for,optional"`   // how long; write ["for"] in Lua
	Count int           `lua:"count,optional"` // how many lines; any number if not given
}

// modPermit lets somebody do what a kind of rule of this script forbids, for a minute if
// opts do not say otherwise. It outlives a restart.
//
//	mod.rules{ "house", { links = {} } }
//	bot.command{ "permit", args = "who:user", roles = {"moderator"}, run = function(ev, a)
//	  assert(mod.permit(a.who, "links", {["for"] = "2m", count = 1}))
//	  ev:reply(a.who:mention() .. ", go ahead")
//	end }
//	-- moderator mia: !permit ann
//	-- botd: @ann, go ahead
//	-- ann: see example.com
//	-- ann: and example.org
//	-- botd does: whisper text=please ask before you post links user=ann
func modPermit(c *script.Call, a permitArgs) (script.OK, error) {
	p := moderate.Permit{Session: a.User.session, User: a.User.user, What: string(a.What), For: a.Opts.For, Count: a.Opts.Count}
	if err := p.Check(); err != nil {
		return script.OK{}, err // people type how long and how often
	}
	return settled(c, func(d script.Moderation, done func(script.OK, error)) {
		d.Permit(p, func(err error) { done(script.OK{}, err) })
	})
}

type modActArgs struct {
	User *user      `lua:"user"`
	Step modStep    `lua:"step"` // such as "warn", "timeout 10m" or {"ban", "1d"}
	Opts modActOpts `lua:"opts,optional"`
}

type modActOpts struct {
	Why string     `lua:"why,optional"` // what the user is told
	By  personName `lua:"by,optional"`  // the person who wants it
}

// modAct takes a step about a user that no rule asked for, with a case as rules make
// them. It returns the case. A step that there is not, which people may have typed, is an error with code
// "invalid", not a wrong call.
//
//	bot.command{ "timeout", args = "who:user for:duration=10m why:rest?", roles = {"moderator"}, run = function(ev, a)
//	  local case = assert(mod.act(a.who, {"timeout", a["for"]}, {why = a.why, by = ev.user}))
//	  ev:reply(("case #%s: %s for %s"):format(case.id, case.taken, case.user))
//	end }
//	-- moderator mia: !timeout bob 5m too loud
//	-- botd does: timeout length=5m0s reason=too loud user=bob
//	-- botd: case #1: timeout 5m for bob
func modAct(c *script.Call, a modActArgs) (*modCaseInfo, error) {
	if a.Step.wrong != nil {
		return nil, a.Step.wrong
	}
	at := script.RoomState{Session: a.User.session, Platform: a.User.platform, Room: engine.Room{ID: a.User.room}}
	if !c.Sees(at.Session, at.Room) {
		return nil, engine.Errorf(engine.Denied, "the script does not have the room %s", engine.Path(at.Session, at.Room.ID))
	}
	o := moderate.Order{Step: a.Step.Step, User: a.User.user, Why: a.Opts.Why, Person: string(a.Opts.By)}
	k, err := settled(c, func(d script.Moderation, done func(moderate.Case, error)) { d.Act(at, o, done) })
	if err != nil {
		return nil, err
	}
	return caseInfo(k), nil
}

type nukeArgs struct {
	Opts nukeOpts `lua:"opts"`
}

type nukeOpts struct {
	Pattern modPattern    `lua:"pattern"`          // a regular expression
	Since   time.Duration `lua:"since,optional"`   // how far back, 5 minutes if not given; up to a day, and 100 messages
	Action  modStep       `lua:"action,optional"`  // "delete" if not given; deletes the messages in any case, where the network can
	Preview *bool         `lua:"preview,optional"` // false to do it; only tells if not given
	Room    *room         `lua:"room,optional"`    // that of the event if not given
	Why     string        `lua:"why,optional"`
	By      personName    `lua:"by,optional"` // the person who wants it
}

// nuked is what a nuke found and did.
type nuked struct {
	Messages []nukedLine `lua:"messages"`
	Users    []string    `lua:"users"` // names, each once
	Cases    []string    `lua:"cases"` // ids; none in a preview
}

// nukedLine is a message that a nuke found.
type nukedLine struct {
	Time time.Time `lua:"time"`
	User string    `lua:"user"`
	Text string    `lua:"text"`
}

// modNuke finds what was said lately and, unless it is a preview, does something about
// each who said it. Moderators, the bot and who wants it (by) are left out. What people may have
// typed, such as a pattern or a step that cannot be, is an error with code "invalid", not a wrong call.
//
//	bot.command{ "nuke", args = "what:text", roles = {"moderator"}, run = function(ev, a)
//	  local found = assert(mod.nuke{pattern = re.escape(a.what), since = "2m"})
//	  if #found.messages == 0 then return ev:reply("nobody said that") end
//	  if ev:confirm(("%d messages of %s?"):format(#found.messages, table.concat(found.users, ", "))) then
//	    mod.nuke{pattern = re.escape(a.what), since = "2m", action = {"timeout", "10m"}, preview = false, by = ev.user}
//	  end
//	end }
//	-- moderator mia: !nuke "follow for"
//	-- botd: nobody said that
//	-- eve: follow for follow
//	-- bob: what?
//	-- moderator mia: !nuke "follow for"
//	-- botd: 1 messages of eve? (yes/no)
//	-- moderator mia: yes
//	-- botd does: timeout length=10m0s user=eve
//	-- botd does: delete author=eve message=line
//	-- moderator mia: !nuke "nothing of the kind"
//	-- botd: nobody said that
func modNuke(c *script.Call, a nukeArgs) (*nuked, error) {
	if a.Opts.Action.wrong != nil {
		return nil, a.Opts.Action.wrong
	}
	r := a.Opts.Room
	if r == nil {
		ev := c.Event()
		if ev == nil || ev.Room.ID == "" {
			c.BadArg("opts", "room is missing: there is no event to take it from")
		}
		r = &room{ev.Session, ev.Platform, ev.Room}
	}
	if !c.Sees(r.session, r.room) {
		return nil, engine.Errorf(engine.Denied, "the script does not have the room %s", r.path())
	}
	n := moderate.Nuke{
		Pattern: string(a.Opts.Pattern), Since: cmp.Or(a.Opts.Since, 5*time.Minute), Action: a.Opts.Action.Step, Why: a.Opts.Why,
		Preview: a.Opts.Preview == nil || *a.Opts.Preview,
	}
	if n.Action.Do == "" {
		n.Action.Do = "delete"
	}
	at := script.RoomState{Session: r.session, Platform: r.platform, Room: r.room}
	found, err := settled(c, func(d script.Moderation, done func(moderate.Nuked, error)) { d.Nuke(at, n, string(a.Opts.By), done) })
	if err != nil {
		return nil, err
	}
	// Lists, also where there is nothing: a nil slice would be nil in Lua.
	out := &nuked{Messages: []nukedLine{}, Users: append([]string{}, found.Users...), Cases: append([]string{}, found.Cases...)}
	for _, l := range found.Messages {
		c.Charge(10 + len(l.Text)/16)
		c.Alloc(200 + len(l.Text))
		out.Messages = append(out.Messages, nukedLine{l.At, l.User, l.Text})
	}
	return out, nil
}

type userPermitArgs struct {
	What ruleKind   `lua:"what"` // the kind of rule: "links"
	Opts permitOpts `lua:"opts,optional"`
}

// userPermit is mod.permit for the user.
//
//	mod.rules{ "house", { caps = {min = 5} } }
//	bot.command{ "loud", args = "who:user", roles = {"moderator"}, run = function(ev, a) assert(a.who:permit("caps", {count = 1})) end }
//	-- moderator mia: !loud ann
//	-- ann: HURRAY
//	-- ann: HURRAY AGAIN
//	-- botd does: whisper text=please do not shout user=ann
func userPermit(c *script.Call, u *user, a userPermitArgs) (script.OK, error) {
	return modPermit(c, permitArgs{u, a.What, a.Opts})
}

// userWarn tells the user why they should stop, in private where the network can, and
// makes a case of it.
//
//	bot.command{ "warn", args = "who:user why:rest", roles = {"moderator"}, run = function(ev, a) assert(a.who:warn(a.why)) end }
//	-- moderator mia: !warn bob please be kind
//	-- botd to bob: please be kind
func userWarn(c *script.Call, u *user, a warnArgs) (*modCaseInfo, error) {
	by := personName("")
	if ev := c.Event(); ev != nil && ev.User.Role >= engine.Moderator {
		by = personName(ev.User.Name)
	}
	return modAct(c, modActArgs{u, modStep{Step: moderate.Step{Do: "warn"}}, modActOpts{Why: a.Reason, By: by}})
}

type warnArgs struct {
	Reason string `lua:"reason"` // what the user is told
}
