package luaapi

import (
	"errors"
	"runtime/debug"
	"slices"
	"strings"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
)

// bot is what a script is part of: the events, the rooms, and the script itself.
var botModule = script.Module{Name: "bot", Members: []script.Member{
	script.Plain("on", botOn), script.Plain("once", botOnce), script.Plain("hear", botHear),
	script.Overloads(script.Plain("command", botCommandShort), script.Plain("command", botCommand)),
	script.Plain("commands", botCommands), script.Fn("filter", botFilter).Grants(engine.GrantModerate),
	script.Fn("emit", botEmit).Grants(engine.GrantEmit),
	script.Plain("rooms", botRooms).Reads(), script.Plain("room", botRoom).Reads(), script.Fn("poll", botPoll), script.Fn("raffle", botRaffle),
	script.Plain("sessions", botSessions).Reads(), script.Plain("session", botSession).Reads(), script.Fn("spawn", botSpawn),
	script.Const("name", botName), script.Const("version", botVersion), script.Const("config", botConfig),
	script.Const("generation", botGeneration), script.Const("reload_reason", botReloadReason),
}}

// subscription is a handler that can be taken off again.
type subscription struct {
	subs    []*script.Sub
	command *command // nil if it is none
}

var subClass = script.Class[*subscription]{
	Name:    "sub",
	Members: []script.Member{script.PlainMethod("off", subOff)},
}

// subOff ends the subscription, at once. To end it twice does no harm.
//
//	local sub
//	sub = bot.on("message", function(ev)
//	  ev:reply("I heard you once")
//	  sub:off()
//	end)
//	-- ann: hello
//	-- botd: I heard you once
//	-- ann: hello?
func subOff(c *script.Call, s *subscription, _ script.None) script.None {
	s.off()
	if s.command != nil {
		list := commandsOf(c)
		*list = slices.DeleteFunc(*list, func(other *subscription) bool { return other == s })
	}
	return script.None{}
}

// Keeps implements [script.Keeper].
func (s *subscription) Keeps(visit func(script.Value)) (bytes int) {
	for _, sub := range s.subs {
		bytes += sub.Keeps(visit)
	}
	return bytes
}

func (s *subscription) off() {
	for _, sub := range s.subs {
		sub.Off()
	}
}

const maxKinds = 100

// kinds is an argument that names one kind of event or several.
type kinds []engine.Kind

func (k *kinds) FromLua(c *script.Call, v script.Value) error {
	var names []string
	if name, ok := v.AsString(); ok {
		names = []string{name}
	} else if !v.IsTable() {
		return script.Expected("a string", v)
	} else if err := c.Decode(v, &names); err != nil {
		return err
	}
	if len(names) == 0 {
		return script.Expected("the kind of an event", v)
	}
	if len(names) > maxKinds {
		return engine.Errorf(engine.Invalid, "more than %d kinds of events", maxKinds)
	}
	for _, name := range names {
		if err := dispatch.CheckKind(engine.Kind(name)); err != nil {
			return err
		}
		*k = append(*k, engine.Kind(name))
	}
	return nil
}

func (kinds) LuaType() string { return "string|string[]" }

// filter narrows down which events reach a handler. Without it come all but what the
// bot itself did and what happened before it came.
type filter struct {
	Rooms       script.List[string] `lua:"rooms,optional"`         // patterns such as "hc/*" or "*/lobby"
	Users       script.List[string] `lua:"users,optional"`         // ids, accounts or exact names
	Roles       script.List[string] `lua:"roles,optional"`         // any of these rungs of the ladder, or above
	Platforms   script.List[string] `lua:"platforms,optional"`     // networks: "hackchat", "local" and so on
	Text        string              `lua:"text,optional"`          // a Lua pattern the text must match; its captures follow the event
	Private     *bool               `lua:"private,optional"`       // true: only private messages; false: none
	NotFromBots bool                `lua:"not_from_bots,optional"` // leave out what other bots did
	Self        bool                `lua:"self,optional"`          // also what the bot itself did
	History     bool                `lua:"history,optional"`       // also what happened before the bot came
}

// compile makes the filter of the dispatcher, or raises.
func (f filter) compile(c *script.Call) dispatch.Filter {
	out := dispatch.Filter{
		Rooms: f.Rooms, Users: f.Users, Roles: f.Roles, Platforms: f.Platforms,
		Private: f.Private, NotFromBots: f.NotFromBots, Self: f.Self, History: f.History,
	}
	if f.Text != "" {
		out.Text = pattern(c, "filter", f.Text)
	}
	return out
}

func pattern(c *script.Call, arg, p string) dispatch.Matcher {
	m, err := c.Pattern(p)
	if err != nil {
		c.BadArg(arg, "the pattern %q: %s", p, err)
	}
	return m
}

type onEventArgs struct {
	Kind   kinds       `lua:"kind"`                                  // such as "message" or "join", a list of them, or the name of a script's own event
	Filter filter      `lua:"filter,optional"`                       // which of them
	Fn     script.Func `lua:"fn" type:"fun(ev: event, ...: string)"` // is called with the event
}

// botOn calls a function for each event of a kind.
//
//	bot.on("join", function(ev) ev:reply("Welcome, " .. ev.user.name .. "!") end)
//	bot.on("message", {text = "^thanks? (%w+)", roles = {"user"}, not_from_bots = true}, function(ev, whom)
//	  ev:reply(ev.user.name .. " is grateful to " .. whom)
//	end)
//	-- ann joins
//	-- botd: Welcome, ann!
//	-- bob: thank ann
//	-- botd: bob is grateful to ann
func botOn(c *script.Call, a onEventArgs) *subscription { return subscribe(c, a, false) }

// botOnce calls a function for the next event of a kind, and then no more.
//
//	bot.once("message", function(ev) ev:reply("You are the first today, " .. ev.user.name) end)
//	-- ann: good morning
//	-- botd: You are the first today, ann
//	-- bob: good morning
func botOnce(c *script.Call, a onEventArgs) *subscription { return subscribe(c, a, true) }

func subscribe(c *script.Call, a onEventArgs, once bool) *subscription {
	s := &subscription{}
	fn := a.Fn
	if once && len(a.Kind) > 1 { // whichever comes first ends the others
		fn = c.GoFunc(func(c *script.Call, args []script.Value) {
			s.off()
			c.TailCall(a.Fn, args)
		}, a.Fn)
	}
	filter := a.Filter.compile(c)
	for _, k := range a.Kind {
		s.add(c, dispatch.Sub{Kind: k, Filter: filter}, fn, once)
	}
	return s
}

func (s *subscription) add(c *script.Call, def dispatch.Sub, fn script.Func, once bool) {
	sub, err := c.Subscribe(def, fn, once)
	if err != nil {
		s.off()
		var e *engine.Error
		if errors.As(err, &e) {
			c.Misuse("%s", e.Msg)
		}
		c.Rethrow(err)
	}
	s.subs = append(s.subs, sub)
}

type hearArgs struct {
	Pattern string      `lua:"pattern"`                               // a Lua pattern, as for string.match
	Filter  filter      `lua:"filter,optional"`                       // which messages
	Fn      script.Func `lua:"fn" type:"fun(ev: event, ...: string)"` // is called with the event and the captures
}

// botHear calls a function for each message whose text matches a pattern.
//
//	bot.hear("(%d+) ?%+ ?(%d+)", function(ev, a, b) ev:reply(a .. " and " .. b .. " make " .. a + b) end)
//	-- ann: who knows 2 + 3?
//	-- botd: 2 and 3 make 5
func botHear(c *script.Call, a hearArgs) *subscription {
	f := a.Filter.compile(c)
	if f.Text != nil {
		c.BadArg("filter", "text: the pattern of bot.hear is its first argument")
	}
	f.Text = pattern(c, "pattern", a.Pattern)
	s := &subscription{}
	s.add(c, dispatch.Sub{Kind: engine.Message{}.Kind(), Filter: f}, a.Fn, false)
	return s
}

type emitArgs struct {
	Name string `lua:"name"`          // best with a dot in it: "karma.changed"
	Data any    `lua:"data,optional"` // plain data: what JSON can hold
}

// botEmit sends an event to all scripts, this one too. They get it with bot.on(name)
// and find the data in ev.data, at most 64 KiB of it.
//
//	bot.on("karma.changed", function(ev) log.info(ev.data.who .. " has " .. ev.data.points) end)
//	bot.command("praise", function(ev, who) bot.emit("karma.changed", {who = who, points = 7}) end)
//	-- ann: !praise bob
//	-- log: bob has 7
func botEmit(c *script.Call, a emitArgs) (script.OK, error) {
	if err := dispatch.CheckOwnKind(engine.Kind(a.Name)); err != nil {
		c.BadArg("name", "%s", engine.AsError(err).Msg)
	}
	return script.OK{}, c.Emit(a.Name, a.Data)
}

type globArgs struct {
	Glob string `lua:"glob,optional"` // such as "hc/*"; all rooms if not given
}

// botRooms lists the rooms the bot is in and this script may see.
//
//	bot.command("news", function(ev, text)
//	  for _, room in ipairs(bot.rooms("lobby/*")) do room:say(text, {lane = "announce"}) end
//	end)
//	-- ann: !news we have cake
//	-- botd: we have cake
//	-- botd: we have cake
func botRooms(c *script.Call, a globArgs) []*room {
	if a.Glob == "" {
		a.Glob = "*"
	}
	glob, err := engine.ParseRoomGlob(a.Glob)
	if err != nil {
		c.BadArg("glob", "%s", engine.AsError(err).Msg)
	}
	out := []*room{}
	for _, r := range c.Door().Rooms() {
		if glob.Match(r.Session, r.Room) && c.Sees(r.Session, r.Room) {
			out = append(out, roomOf(r))
		}
	}
	return out
}

type roomArgs struct {
	Path string `lua:"path"` // "session/room"
}

// botRoom finds a room by its full name; nil if the bot is not in it.
//
//	bot.command("attic", function(ev, text)
//	  local attic = bot.room("lobby/attic")
//	  if attic then attic:say(ev.user.name .. " says: " .. text) end
//	end)
//	-- ann: !attic anybody there?
//	-- botd: ann says: anybody there?
func botRoom(c *script.Call, a roomArgs) *room {
	s, ok := findRoom(c, engine.RoomPath(a.Path))
	if !ok {
		for _, r := range c.Door().Rooms() { // by the name people write
			if string(r.Session)+"/"+r.Room.Name == a.Path {
				s, ok = r, true
			}
		}
	}
	if !ok || !c.Sees(s.Session, s.Room) {
		return nil
	}
	return roomOf(s)
}

// botSessions lists all sessions.
//
//	bot.command("where", function(ev)
//	  for _, s in ipairs(bot.sessions()) do ev:reply(s.name .. " (" .. s.platform .. ") is " .. s.state) end
//	end)
//	-- ann: !where
//	-- botd: lobby (local) is online
func botSessions(c *script.Call, _ script.None) []*session {
	out := []*session{}
	for _, s := range c.Door().Sessions() {
		out = append(out, &session{s.Name, s.Platform})
	}
	return out
}

type sessionArgs struct {
	Name string `lua:"name"` // as in the configuration
}

// botSession finds a session by its name; nil if there is none.
//
//	bot.command("who", function(ev) ev:reply("I am " .. bot.session("lobby").me.name) end)
//	-- ann: !who
//	-- botd: I am botd
func botSession(c *script.Call, a sessionArgs) *session {
	s, ok := findSession(c, engine.SessionID(a.Name))
	if !ok {
		return nil
	}
	return &session{s.Name, s.Platform}
}

// botName is the name of this script.
func botName(c *script.Call) string { return c.Script().Name }

// botVersion is the version of botd.
func botVersion(*script.Call) string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return strings.Trim(info.Main.Version, "()")
	}
	return "devel"
}

// botConfig is the script's part of config.yaml.
func botConfig(c *script.Call) map[string]any {
	if cfg := c.Script().Config; cfg != nil {
		return cfg
	}
	return map[string]any{}
}

// botGeneration counts how often the script was loaded since the daemon started.
func botGeneration(c *script.Call) float64 { return float64(c.Script().Generation) }

// botReloadReason is why it was loaded: "start", "saved", "operator", "config" or "restored".
func botReloadReason(c *script.Call) string { return c.Script().ReloadReason }

// task is a function that runs beside the handler that started it.
type task struct{ job *script.Job }

var taskClass = script.Class[*task]{
	Name:    "task",
	Members: []script.Member{script.PlainMethod("cancel", taskCancel), script.Method("wait", taskWait)},
}

// Keeps implements [script.Keeper].
func (t *task) Keeps(visit func(script.Value)) int { return t.job.Keeps(visit) }

type spawnArgs struct {
	Fn   script.Func    `lua:"fn" type:"fun(...): ..."` // what to run
	Args []script.Value `lua:"args,rest"`               // are passed to fn
}

// botSpawn runs a function as a task of its own, soon. Errors in it are reported as
// those of a handler are.
//
//	bot.command("launch", function(ev)
//	  local count = bot.spawn(function(n)
//	    for i = n, 1, -1 do ev:reply(i .. "...") sleep(1) end
//	    return "lift-off"
//	  end, 2)
//	  ev:reply(count:wait())
//	end)
//	-- ann: !launch
//	-- botd: 2...
//	-- wait 1s
//	-- botd: 1...
//	-- wait 1s
//	-- botd: lift-off
func botSpawn(c *script.Call, a spawnArgs) (*task, error) {
	job, err := c.Spawn(false, a.Fn, a.Args...)
	return &task{job}, err
}

// taskCancel ends the task: at once if it waits, else when it waits next. To cancel a
// task that has ended does no harm.
//
//	local task = bot.spawn(function() sleep("1h") log.info("never") end)
//	bot.command("stop", function(ev) task:cancel() ev:reply("stopped") end)
//	-- ann: !stop
//	-- botd: stopped
//	-- wait 2h
func taskCancel(_ *script.Call, t *task, _ script.None) script.None {
	t.job.Cancel()
	return script.None{}
}

// taskWait waits for the task to end and returns its results. If it was cancelled or
// raised an error, that is the error.
//
//	bot.command("sum", function(ev)
//	  local task = bot.spawn(function() sleep(1) return 1 + 2 end)
//	  local sum, err = task:wait()
//	  ev:reply(sum and tostring(sum) or err.message)
//	end)
//	-- ann: !sum
//	-- wait 1s
//	-- botd: 3
func taskWait(c *script.Call, t *task, _ script.None) (script.Values, error) {
	results, err := t.job.Wait(c)
	var raised *script.RaisedError
	if errors.As(err, &raised) {
		err = engine.Errorf(engine.Internal, "the task failed: %s", raised.Error())
	}
	return results, err
}
