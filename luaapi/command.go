package luaapi

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
	"botd/engine/trace"
	"botd/luaapi/internal/args"
)

type commandShortArgs struct {
	Name string      `lua:"name"`                                   // without the prefix
	Fn   script.Func `lua:"fn" type:"fun(ev: event, rest: string)"` // is called with the event and the rest of the line
}

// botCommandShort calls a function for lines such as "!name rest of the line".
//
//	bot.command("ping", function(ev, rest) ev:reply("pong " .. rest) end)
//	-- ann: !ping 7
//	-- botd: pong 7
func botCommandShort(c *script.Call, a commandShortArgs) *subscription {
	return commandSpec{Names: script.List[string]{a.Name}, Run: a.Fn}.add(c)
}

type commandArgs struct {
	Spec commandSpec `lua:"spec"`
}

// commandSpec describes a command in full.
type commandSpec struct {
	Names     script.List[string] `lua:"name,first"`                                    // its name without the prefix, or a list of names
	Aliases   script.List[string] `lua:"aliases,optional"`                              // more names
	Args      *string             `lua:"args,optional"`                                 // its arguments: "who:user for:duration=2m reason:rest?"
	Help      string              `lua:"help,optional"`                                 // one line for people, shown by !help
	Examples  []example           `lua:"examples,optional"`                             // lines people may write, each alone or as {line, answer}
	Hidden    bool                `lua:"hidden,optional"`                               // keep it out of the list that !help shows
	Rooms     script.List[string] `lua:"rooms,optional"`                                // only in these rooms: patterns such as "hc/*"
	Platforms script.List[string] `lua:"platforms,optional"`                            // only on these networks
	Roles     script.List[string] `lua:"roles,optional"`                                // only for who has any of these, or one above; or is in a group of the configuration
	Cooldown  cooldown            `lua:"cooldown,optional"`                             // how long to wait before it may be used again
	Mode      mode                `lua:"mode,optional"`                                 // what to do while it still runs: parallel (if not given), queue, single (leave it) or restart
	Per       scope               `lua:"per,optional"`                                  // whose runs mode is about: those of each user (if not given), of each room, or all
	Run       script.Func         `lua:"run" type:"fun(ev: event, args: table|string)"` // is called with the event and the arguments by name; without args, with the rest of the line
}

// cooldown is how long to wait before a command may be used again. It holds over reload
// and restart. Who is too early gets no answer.
type cooldown struct {
	User   time.Duration `lua:"user,optional"`   // for the same user
	Room   time.Duration `lua:"room,optional"`   // for anybody in the same room
	Global time.Duration `lua:"global,optional"` // for anybody
	Tell   bool          `lua:"tell,optional"`   // answer who is too early, in private if the network can
}

type mode string

func (mode) Values() []string { return []string{"parallel", "queue", "single", "restart"} }

type scope string

func (scope) Values() []string { return []string{"user", "room", "global"} }

// example is a line people may write, and perhaps what the bot answers.
type example struct{ line, answer string }

func (e *example) FromLua(c *script.Call, v script.Value) error {
	var pair []string
	if line, ok := v.AsString(); ok {
		pair = []string{line}
	} else if !v.IsTable() {
		return script.Expected("a line, or a line and its answer in a table", v)
	} else if err := c.Decode(v, &pair); err != nil {
		return err
	}
	if len(pair) < 1 || len(pair) > 2 {
		return engine.Errorf(engine.Invalid, `expected {line, answer}, got %d texts`, len(pair))
	}
	e.line = pair[0]
	if len(pair) == 2 {
		e.answer = pair[1]
	}
	return nil
}

func (example) LuaType() string { return "string|string[]" }

// botCommand makes a command that is described in full. What people write is checked
// against args; who writes something else is told what is wrong and how to write it.
// The types of arguments are int, num, word, text (of several words in quotes), quoted (always in
// quotes), list (of texts, with commas or else | between them), rest (of
// the line), user, room, duration, time, url, dice, bool, regex and enum(a|b). A question
// mark after the type makes an argument optional, "=value" gives it a default, and "--"
// before its name makes it a flag. Any argument can be written as --name=value.
//
//	bot.command{ "mute", args = "who:user for:duration=2m reason:rest?", roles = {"moderator"},
//	  help = "keeps somebody quiet", examples = {"!mute ann 5m be nice"},
//	  run = function(ev, a)
//	    ev:reply(("%s: %d seconds, %s"):format(a.who.name, a["for"], a.reason or "no reason"))
//	  end }
//	-- moderator mia: !mute bob
//	-- botd: bob: 120 seconds, no reason
//	-- moderator mia: !mute --for=5m bob be nice
//	-- botd: bob: 300 seconds, be nice
//	-- moderator mia: !mute boob
//	-- botd: who: boob is not here, did you mean "bob"? Usage: !mute <who> [for=2m] [reason...]
func botCommand(c *script.Call, a commandArgs) *subscription { return a.Spec.add(c) }

// command is a command of a script at work.
type command struct {
	spec  commandSpec
	names []string
	args  args.Spec // nil if it takes the line as it is
	runs  runs
}

func (d commandSpec) add(c *script.Call) *subscription {
	k := &command{spec: d, names: slices.Concat([]string(d.Names), []string(d.Aliases))}
	if d.Args != nil {
		var err error
		if k.args, err = args.ParseSpec(*d.Args); err != nil {
			c.BadArg("spec", "args: %s", engine.AsError(err).Msg)
		}
		if k.args == nil {
			k.args = args.Spec{}
		}
	}
	about := dispatch.About{Usage: k.args.Usage(), Help: d.Help, Hidden: d.Hidden}
	for i, e := range d.Examples {
		if err := k.checkExample(e.line); err != nil {
			c.BadArg("spec", "examples[%d]: %q: %s", i+1, e.line, engine.AsError(err).Msg)
		}
		about.Examples = append(about.Examples, e.line)
	}
	d.Cooldown.check(c)
	s := &subscription{command: k}
	fn := d.Run
	if !k.plain() {
		fn = c.GoFunc(k.handle, d.Run)
	}
	s.add(c, dispatch.Sub{
		Commands: k.names, About: about,
		Filter: dispatch.Filter{Rooms: d.Rooms, Platforms: d.Platforms, Roles: d.Roles},
	}, fn, false)
	list := commandsOf(c)
	*list = append(*list, s)
	return s
}

// plain reports whether the script's function can be called as it is.
func (k *command) plain() bool {
	return k.args == nil && k.spec.Cooldown == (cooldown{}) && (k.spec.Mode == "" || k.spec.Mode == "parallel")
}

// checkExample refuses an example that the command would refuse. Who is in which room is
// not known yet, so names of users and rooms do.
func (k *command) checkExample(line string) error {
	line = strings.TrimLeftFunc(line, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	name, rest, _ := strings.Cut(line, " ")
	if !slices.ContainsFunc(k.names, func(n string) bool { return strings.EqualFold(n, name) }) {
		return engine.Errorf(engine.Invalid, "it does not begin with the command")
	}
	if k.args == nil {
		return nil
	}
	_, err := k.args.Parse(rest, args.World{Now: time.Now()})
	return err
}

func (d cooldown) check(c *script.Call) {
	for name, t := range map[string]time.Duration{"user": d.User, "room": d.Room, "global": d.Global} {
		if t < 0 || t > script.MaxWait {
			c.BadArg("spec", "cooldown: %s: expected a duration from 0 to a year", name)
		}
	}
}

// handle is called when somebody uses the command.
func (k *command) handle(c *script.Call, in []script.Value) {
	d := in[0].Object().(*event)
	c.Charge(20 + len(d.Args)/8)
	if left := c.Cooldown(k.holds(d, false)); left > 0 {
		k.tooEarly(c, d, left)
		return
	}
	what := script.Value{}
	if k.args == nil {
		what = c.String(d.Args)
	} else {
		values, err := k.args.Parse(d.Args, world(c, d))
		if err != nil {
			k.usage(c, d, err)
			return
		}
		what = luaArgs(c, values)
	}
	k.runs.enter(c, k, d, []script.Value{in[0], what})
}

// run calls the script's function.
func (k *command) run(c *script.Call, d *event, in []script.Value) {
	if k.take(c, d) {
		c.TailCall(k.spec.Run, in)
	}
}

// take begins the cooldown, unless somebody did meanwhile.
func (k *command) take(c *script.Call, d *event) bool {
	left := c.Cooldown(k.holds(d, true))
	if left > 0 {
		k.tooEarly(c, d, left)
	}
	return left <= 0
}

// holds are the keys the command takes for its cooldown; without take they are only
// looked at.
func (k *command) holds(d *event, take bool) []script.Hold {
	var out []script.Hold
	cool, name := &k.spec.Cooldown, k.names[0]
	for _, h := range []struct {
		of, who string
		d       time.Duration
	}{{"user", whoIs(d.Event), cool.User}, {"room", string(d.Event.Path()), cool.Room}, {"global", "", cool.Global}} {
		if h.d <= 0 {
			continue
		}
		hold := script.Hold{Key: strings.ToLower(name) + "/" + h.of + "/" + h.who}
		if hold.Key = hold.Key[:min(len(hold.Key), script.MaxHoldKey)]; take {
			hold.For = h.d
		}
		out = append(out, hold)
	}
	return out
}

// whoIs names the user of an event for as long as that can be done: over all networks,
// or by what the network knows.
func whoIs(ev *engine.Event) string {
	u := &ev.User
	if u.Identity != "" {
		return u.Identity
	}
	return string(ev.Session) + "/" + cmp.Or(u.Account, string(u.ID), u.Name)
}

// tooEarly tells who must wait, if the command is to do that. The log knows in any case.
func (k *command) tooEarly(c *script.Call, d *event, left time.Duration) {
	left = left.Round(100 * time.Millisecond)
	k.ignored(c, trace.Cooldown, script.Left(left), map[string]any{"left": left.Seconds()})
	if !k.spec.Cooldown.Tell {
		return
	}
	text := d.Prefix + k.names[0] + ": wait " + max(left, time.Second).Round(time.Second).String()
	if caps, err := c.Door().Caps(d.Event.Session, d.Event.Room.ID); err == nil && caps.Can.Has(engine.CapWhisper) {
		_, _ = eventWhisper(c, d, sayArgs{Text: text})
		return
	}
	_, _ = eventReply(c, d, sayArgs{Text: text})
}

// ignored notes why a command was not run: people are not told, who looks for the reason
// must find it.
func (k *command) ignored(c *script.Call, reason trace.Reason, why string, fields map[string]any) {
	c.Trace(reason, nil, why)
	if reason == trace.Cooldown {
		why = "cooldown"
	}
	if fields == nil {
		fields = map[string]any{}
	}
	fields["command"], fields["reason"] = k.names[0], why
	c.Door().Log(c.Origin(), "debug", "command not run", fields)
}

// usage tells somebody what is wrong with what they wrote.
func (k *command) usage(c *script.Call, d *event, err error) {
	c.Trace(trace.Usage, nil, engine.AsError(err).Msg)
	text := engine.AsError(err).Msg + ". Usage: " + d.Prefix + d.Command
	text = strings.ReplaceAll(text, "?. Usage", "? Usage")
	if u := k.args.Usage(); u != "" {
		text += " " + u
	}
	_, _ = eventReply(c, d, sayArgs{Text: text})
}

// luaArgs makes a table of the values of arguments.
func luaArgs(c *script.Call, values map[string]any) script.Value {
	t := map[string]script.Value{}
	for name, v := range values {
		t[name] = c.ToLua(v)
	}
	return c.ToLua(t)
}

// commandInfo describes a command.
type commandInfo struct {
	Script   string   `lua:"script"`   // whose it is; "botd" for those of botd itself
	Names    []string `lua:"names"`    // without the prefix; the first is its name
	Help     string   `lua:"help"`     // one line for people, or ""
	Usage    string   `lua:"usage"`    // its arguments as people see them, or ""
	Examples []string `lua:"examples"` // lines people may write
	Hidden   bool     `lua:"hidden"`   // it is in no list
}

// commandsKey is where a VM keeps the commands of its script, in the order of their
// making.
type commandsKey struct{}

func commandsOf(c *script.Call) *[]*subscription {
	return c.Keep(commandsKey{}, func() any { return new([]*subscription) }).(*[]*subscription)
}

type commandsArgs struct {
	Opts commandsOpts `lua:"opts,optional"`
}

type commandsOpts struct {
	All  bool   `lua:"all,optional"`  // also those of other scripts, and of botd itself
	Room *room  `lua:"room,optional"` // all that somebody can use in the room
	Name string `lua:"name,optional"` // only one that answers to this name
}

// botCommands lists the commands of this script; with all or room those of all scripts, and of botd
// itself. Where two scripts have one of the same name both answer.
//
//	bot.command{ "roll", args = "dice:dice=1d6", help = "rolls dice", run = function() end }
//	for _, k in ipairs(bot.commands()) do log.info(k.names[1] .. " " .. k.usage .. ": " .. k.help) end
//	if #bot.commands{all = true, name = "help"} > 0 then log.info("there is help") end
//	-- log: roll [dice=1d6]: rolls dice
//	-- log: there is help
func botCommands(c *script.Call, a commandsArgs) []commandInfo {
	name := strings.ToLower(a.Opts.Name)
	list := ownOffers(c, name)
	if a.Opts.Room != nil {
		list = c.Door().Offers(a.Opts.Room.path(), name)
	} else if a.Opts.All {
		list = c.Door().Offers("", name)
	}
	if a.Opts.All || a.Opts.Room != nil {
		c.Charge(10 * len(list)) // others have made them, and pay nothing for it
	}
	out := make([]commandInfo, len(list))
	for i, o := range list {
		out[i] = commandInfo{o.Script, o.Names, o.About.Help, o.About.Usage, append([]string{}, o.About.Examples...), o.About.Hidden}
	}
	return out
}

// ownOffers are the commands of the script, also while it loads.
func ownOffers(c *script.Call, name string) []script.Offer {
	var out []script.Offer
	for _, s := range *commandsOf(c) {
		k := s.command
		if name != "" && !slices.ContainsFunc(k.names, func(n string) bool { return strings.EqualFold(n, name) }) {
			continue
		}
		about := dispatch.About{Usage: k.args.Usage(), Help: k.spec.Help, Hidden: k.spec.Hidden}
		for _, e := range k.spec.Examples {
			about.Examples = append(about.Examples, e.line)
		}
		out = append(out, script.Offer{Script: c.Script().Name, Names: k.names, About: about})
	}
	return out
}
