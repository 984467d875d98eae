package luaapi

import (
	"cmp"
	"slices"
	"strings"
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
	script.Fn("rules", modRules).Needs(stepNeeds...), script.Plain("ladder", modLadder),
	script.Fn("case", modCase).Needs(stepNeeds...).Reads(), script.Fn("cases", modCases).Needs(stepNeeds...).Reads(),
	script.Fn("undo", modUndo).Needs(stepNeeds...), script.Fn("permit", modPermit).Needs(stepNeeds...), script.Fn("act", modAct).Needs(stepNeeds...), script.Fn("nuke", modNuke).Needs(stepNeeds...),
}}

// stepNeeds are what steps, and what undoes them, can need: any of them will do for some.
var stepNeeds = []engine.Capability{
	engine.CapDelete, engine.CapWhisper, engine.CapSay, engine.CapKick, engine.CapTimeout, engine.CapMute, engine.CapUnmute, engine.CapBan, engine.CapUnban,
}

// ladder says what follows the first offence, the second and so on.
type ladder struct{ moderate.Ladder }

var ladderClass = script.Class[*ladder]{
	Name:   "ladder",
	String: func(l *ladder) string { return "ladder " + l.Name },
	Members: []script.Member{
		script.Prop("name", ladderName), script.Prop("steps", ladderSteps),
	},
}

// Keeps implements [script.Keeper].
func (l *ladder) Keeps(func(script.Value)) int { return 64 * len(l.Steps) }

// ladderName is the name it was given.
func ladderName(l *ladder) string { return l.Name }

// ladderSteps are its steps in words, such as "timeout 10m".
func ladderSteps(l *ladder) []string {
	var out []string
	for _, s := range l.Steps {
		out = append(out, s.String())
	}
	return out
}

type ladderArgs struct {
	Spec ladderSpec `lua:"spec"`
}

type ladderSpec struct {
	Name  string        `lua:"name,first"`     // standings are kept under it: rules with ladders of one name count together
	Steps []modStep     `lua:"steps,items"`    // such as {"warn"}, {"delete"}, {"kick"}, {"timeout", "10m"}, {"mute"}, {"ban", "1d"}, {"ban"}
	Decay time.Duration `lua:"decay,optional"` // after so long without an offence one is forgotten; 24 h if not given
}

// modStep is a step: {"timeout", "10m"}, or "timeout 10m", as cases have it.
type modStep struct{ moderate.Step }

func (s *modStep) FromLua(c *script.Call, v script.Value) error {
	if text, ok := v.AsString(); ok {
		var err error
		if s.Step, err = moderate.ParseStep(text); err != nil {
			return err
		}
	} else {
		var list []script.Value
		if err := c.Decode(v, &list); err != nil {
			return err
		}
		if len(list) < 1 || len(list) > 2 {
			return script.Expected(`a step such as {"timeout", "10m"}`, v)
		}
		name, ok := list[0].AsString()
		if !ok {
			return script.Expected("the name of a step", list[0])
		}
		s.Do = name
		if len(list) == 2 {
			if err := c.Decode(list[1], &s.For); err != nil {
				return err
			}
		}
	}
	return s.Check()
}

func (modStep) LuaType() string { return "string|table" }

// modLadder makes a ladder. Where a network lacks a step the next gentler one it has is
// taken, never a harsher one; the gentlest is warn, then delete, kick, timeout, mute, ban. So a timeout becomes a kick where one may
// come back at once, as on hack.chat, and otherwise the line is deleted, or there is a warning. The case says so. A step beyond delete also
// deletes the line where the network can, and with rules about several lines the others too.
//
//	local patient = mod.ladder{ "patient", {"warn"}, {"warn"}, {"timeout", "1m"}, decay = "1h" }
//	log.info(table.concat(patient.steps, ", "))
//	-- log: warn, warn, timeout 1m
func modLadder(c *script.Call, a ladderArgs) *ladder {
	l := &ladder{moderate.Ladder{Name: a.Spec.Name, Decay: a.Spec.Decay}}
	for _, s := range a.Spec.Steps {
		l.Steps = append(l.Steps, s.Step)
	}
	if a.Spec.Name == "" || len(a.Spec.Name) > 100 {
		c.BadArg("spec", "[1] (name): expected 1 to 100 characters")
	}
	if err := l.Check(); err != nil {
		c.BadArg("spec", "%s", engine.AsError(err).Msg)
	}
	return l
}

type rulesArgs struct {
	Spec rulesSpec `lua:"spec"`
}

type rulesSpec struct {
	Name     string     `lua:"name,first"`         // rules of the same name take the place of each other
	Shadow   bool       `lua:"shadow,optional"`    // on trial: cases are noted, and nothing is done
	Exempt   *[]string  `lua:"exempt,optional"`    // roles with all above them, groups of the configuration, and the network's own words; {"moderator"} if not given
	Rooms    []string   `lua:"rooms,optional"`     // such as "hc/*"; all the script sees if not given
	NotRooms []string   `lua:"not_rooms,optional"` // rooms that are left out of these
	Ladder   *ladder    `lua:"ladder,optional"`    // warn, delete, timeout 1m, timeout 10m, ban 1d if not given
	Rules    []ruleSpec `lua:"rules,items"`        // each has exactly one of links, caps, repeats, symbols, emotes, length, flood, words and pattern
}

type ruleSpec struct {
	Links   *linksRule   `lua:"links,optional"`
	Caps    *capsRule    `lua:"caps,optional"`
	Repeats *repeatsRule `lua:"repeats,optional"`
	Symbols *capsRule    `lua:"symbols,optional"` // over is 0.5 and min 15 if not given
	Emotes  *emotesRule  `lua:"emotes,optional"`
	Length  *lengthRule  `lua:"length,optional"`
	Flood   *floodRule   `lua:"flood,optional"`
	Words   *wordsRule   `lua:"words,optional"`
	Pattern modPattern   `lua:"pattern,optional"` // what re.compile makes, or its text
	Why     string       `lua:"why,optional"`     // what people are told
	Ladder  *ladder      `lua:"ladder,optional"`  // instead of that of the rules
	Exempt  []string     `lua:"exempt,optional"`  // besides those of the rules
	Off     bool         `lua:"off,optional"`     // it is checked, and not in force
}

type linksRule struct {
	Allow  []string `lua:"allow,optional"`  // hosts with all below them, such as "example.com", also with the beginning of a path
	Strict bool     `lua:"strict,optional"` // what may be a file or the end of a sentence is a link too
}

type capsRule struct {
	Over float64 `lua:"over,optional"` // the part that is too much, 0.7 if not given
	Min  int     `lua:"min,optional"`  // fewer letters never hit, 20 if not given
}

type repeatsRule struct {
	SameText    int           `lua:"same_text,optional"`    // the how-manieth hits, 3 if not given
	Within      time.Duration `lua:"within,optional"`       // 30 s if not given
	AcrossUsers bool          `lua:"across_users,optional"` // also if several say it
	Min         int           `lua:"min,optional"`          // letters a line needs for that, 10 if not given
}

type emotesRule struct {
	Max   int      `lua:"max,optional"`   // that many are fine, 8 if not given
	Names []string `lua:"names,optional"` // words that are pictures on the network
}

type lengthRule struct {
	Max   int `lua:"max,optional"`   // characters that are fine, 400 if not given
	Lines int `lua:"lines,optional"` // lines that are fine; any number if not given
}

type floodRule struct {
	Lines  int           `lua:"lines,optional"`  // the how-manieth hits, 5 if not given
	Within time.Duration `lua:"within,optional"` // 3 s if not given
}

type wordsRule struct {
	List        []string `lua:"list,optional"`        // words and phrases, in any case; a * at an end of a word stands for anything
	File        string   `lua:"file,optional"`        // a file beside the script with one on each line, # begins a comment
	Confusables bool     `lua:"confusables,optional"` // also letters that look alike, digits for letters, letters apart and drawn out
}

// modPattern is a regular expression, or its text.
type modPattern string

func (p *modPattern) FromLua(_ *script.Call, v script.Value) error {
	if r, ok := v.Object().(*regex); ok {
		*p = modPattern(r.re.String())
		return nil
	}
	s, ok := v.AsString()
	if !ok {
		return script.Expected("a regular expression", v)
	}
	*p = modPattern(s)
	return nil
}

func (modPattern) LuaType() string { return "regex|string" }

// modRules holds rules to every line that others say in the rooms the script sees. A line
// that breaks one leads to the next step of a ladder; if that is more than a warning it reaches
// no command and no handler. Moderators are exempt unless exempt says otherwise. What is put
// in force while the script loads holds once it is loaded, and with it ends what the version before had put in force; lines
// said before count for rules that are the same in both.
//
//	mod.rules{ "house", { links = {allow = {"example.com"}}, why = "ask before you post links" }, { words = {list = {"scam"}, confusables = true} } }
//	bot.on("message", function(ev) log.info(ev.text) end)
//	-- eve: see https://docs.example.com/start
//	-- log: see https://docs.example.com/start
//	-- eve: it is no ѕс4m
//	-- botd does: whisper text=please mind your language user=eve
//	-- log: it is no ѕс4m
//	-- eve: see evil (dot) com
//	-- botd does: delete author=eve message=line reason=ask before you post links
//	-- moderator mia: evil.com is a bad place
//	-- log: evil.com is a bad place
func modRules(c *script.Call, a rulesArgs) (script.OK, error) {
	cfg := moderate.Config{Name: a.Spec.Name, Shadow: a.Spec.Shadow, Rooms: a.Spec.Rooms, NotRooms: a.Spec.NotRooms, Ladder: moderate.DefaultLadder()}
	cfg.Ladder.Name = a.Spec.Name
	if a.Spec.Ladder != nil {
		cfg.Ladder = a.Spec.Ladder.Ladder
	}
	if a.Spec.Exempt != nil {
		cfg.Exempt = append([]string{}, *a.Spec.Exempt...)
	}
	for i, r := range a.Spec.Rules {
		cfg.Rules = append(cfg.Rules, r.rule(c, i))
	}
	if _, err := moderate.Compile(cfg); err != nil {
		c.BadArg("spec", "%s", engine.AsError(err).Msg)
	}
	desk, err := c.Door().Moderation(c.Origin())
	if err != nil {
		return script.OK{}, err
	}
	return script.OK{}, hold(c, desk, cfg)
}

// ruleSets are what ends the rules that a generation has, by their name.
type ruleSets map[string]func()

type ruleSetsKey struct{}

// maxRuleSets is how many a script may have.
const maxRuleSets = 500

// hold puts rules in force while the script serves.
func hold(c *script.Call, desk script.Moderation, cfg moderate.Config) error {
	has := c.Keep(ruleSetsKey{}, func() any { return ruleSets{} }).(ruleSets)
	former := has[cfg.Name]
	if former == nil && len(has) >= maxRuleSets {
		return engine.Errorf(engine.Quota, "the script has %d sets of rules already; give new rules the name of old ones to replace them", maxRuleSets)
	}
	rules, err := desk.Prepare(c.SeenRooms(), cfg)
	if err != nil {
		return err
	}
	over, err := c.Term(rules.Begin, rules.End)
	if err != nil {
		rules.End()
		return err
	}
	if has[cfg.Name] = over; former != nil {
		former()
	}
	return nil
}

func (r ruleSpec) rule(c *script.Call, i int) moderate.Rule {
	out := moderate.Rule{Off: r.Off, Why: r.Why, Exempt: r.Exempt, Pattern: string(r.Pattern)}
	if r.Ladder != nil {
		out.Ladder = &r.Ladder.Ladder
	}
	if r.Links != nil {
		out.Links = &moderate.Links{Allow: r.Links.Allow, Strict: r.Links.Strict}
	}
	if r.Caps != nil {
		out.Caps = (*moderate.Caps)(r.Caps)
	}
	if r.Repeats != nil {
		out.Repeats = (*moderate.Repeats)(r.Repeats)
	}
	if r.Symbols != nil {
		out.Symbols = &moderate.Symbols{Over: r.Symbols.Over, Min: r.Symbols.Min}
	}
	if r.Emotes != nil {
		out.Emotes = (*moderate.Emotes)(r.Emotes)
	}
	if r.Length != nil {
		out.Length = (*moderate.Length)(r.Length)
	}
	if r.Flood != nil {
		out.Flood = (*moderate.Flood)(r.Flood)
	}
	if r.Words != nil {
		out.Words = &moderate.Words{List: r.Words.words(c, i), Confusables: r.Words.Confusables}
	}
	return out
}

// words are those of the list and of the file.
func (r *wordsRule) words(c *script.Call, i int) []string {
	list := slices.Clone(r.List)
	if r.File == "" {
		return list
	}
	if !c.Loading() {
		c.BadArg("spec", "rule %d: words: file can be read only while the script loads", i+1)
	}
	text, err := c.ReadText(r.File)
	if err != nil {
		c.BadArg("spec", "rule %d: words: file: %s", i+1, engine.AsError(err).Msg)
	}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// modCaseInfo is a case: what was done about somebody.
type modCaseInfo struct {
	ID      string     `lua:"id"`
	Time    time.Time  `lua:"time"`
	Room    string     `lua:"room"`    // "session/room"
	User    string     `lua:"user"`    // the name it was about; "(forgotten)" if botd was told to forget them, as in all that told of them
	UserID  string     `lua:"user_id"` // what the network knows them by, "" if nothing
	Text    string     `lua:"text"`    // of the message, or ""
	Message string     `lua:"message"` // its id, or ""
	Script  string     `lua:"script"`  // in whose name it was done
	Rules   string     `lua:"rules"`   // the name of the rules, "" if a person or the script did it
	Rule    string     `lua:"rule"`    // the kind of rule: "links"
	By      string     `lua:"by"`      // the person who did it, or ""
	Why     string     `lua:"why"`
	Detail  string     `lua:"detail"`  // what the rule found: "evil.com"
	Wanted  string     `lua:"wanted"`  // the step of the ladder: "timeout 10m"
	Taken   string     `lua:"taken"`   // what the network has of it
	Note    string     `lua:"note"`    // why that is another, or what went wrong
	Status  string     `lua:"status"`  // pending, done, failed, shadow, undone, or unknown: the network did not answer before the connection or botd ended
	Deleted []string   `lua:"deleted"` // ids of the messages that are gone
	Undo    string     `lua:"undo"`    // how it can be undone
	Until   *time.Time `lua:"until"`   // end of a timeout or ban; nil if there is none
	Undone  string     `lua:"undone_by"`
}

func caseInfo(k moderate.Case) *modCaseInfo {
	out := &modCaseInfo{
		ID: k.ID, Time: k.At, Room: string(engine.Path(k.Session, k.Room)), User: k.User.Name, UserID: string(k.User.ID), Text: k.Text, Message: string(k.Message),
		Script: k.Script, Rules: k.Rules, Rule: k.Kind, By: k.Person, Why: k.Why, Detail: k.Detail, Wanted: k.Wanted.String(), Taken: k.Taken.String(),
		Note: k.Note, Status: string(k.Status), Undo: k.Undo(), Undone: k.Undoer, Deleted: []string{},
	}
	for _, id := range k.Deleted {
		out.Deleted = append(out.Deleted, string(id))
	}
	if !k.Until.IsZero() {
		out.Until = &k.Until
	}
	return out
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

// seesCase reports whether a case is about a room that the script may see.
func seesCase(seen []engine.RoomGlob, k *moderate.Case) bool {
	return len(seen) == 0 || slices.ContainsFunc(seen, func(g engine.RoomGlob) bool { return g.Match(k.Session, engine.Room{ID: k.Room}) })
}

type caseArgs struct {
	ID string `lua:"id"` // its number
}

// modCase looks a case up.
//
//	bot.command("why", function(ev, id)
//	  local case, err = mod.case(id)
//	  ev:reply(case and case.user .. ": " .. case.why .. " (" .. case.taken .. ")" or err.message)
//	end)
//	mod.rules{ "house", { links = {} } }
//	-- eve: evil.com
//	-- botd does: whisper text=please ask before you post links user=eve
//	-- ann: !why 1
//	-- botd: eve: please ask before you post links (warn)
//	-- ann: !why 7
//	-- botd: no case 7
func modCase(c *script.Call, a caseArgs) (*modCaseInfo, error) {
	k, err := findCase(c, a.ID)
	if err != nil {
		return nil, err
	}
	return caseInfo(k), nil
}

func findCase(c *script.Call, id string) (moderate.Case, error) {
	k, err := settled(c, func(d script.Moderation, done func(moderate.Case, error)) { d.Case(id, done) })
	if err == nil && !seesCase(c.SeenRooms(), &k) {
		err = engine.Errorf(engine.NotFound, "no case %s", clip(id))
	}
	return k, err
}

type casesArgs struct {
	Opts casesOpts `lua:"opts,optional"`
}

type casesOpts struct {
	User  someone       `lua:"user,optional"`  // a user, a name or an id
	Room  string        `lua:"room,optional"`  // "session/room"
	Since time.Duration `lua:"since,optional"` // how far back
	Limit int           `lua:"limit,optional"` // 20 if not given, 1,000 at most
}

// modCases lists cases, the latest first.
//
//	mod.rules{ "house", { caps = {min = 5} } }
//	bot.command{ "cases", args = "who:word?", run = function(ev, a)
//	  for _, case in ipairs(mod.cases{user = a.who, since = "7d"}) do ev:reply("#" .. case.id .. " " .. case.user .. ": " .. case.detail) end
//	end }
//	-- eve: HELLO
//	-- botd does: whisper text=please do not shout user=eve
//	-- ann: !cases eve
//	-- botd: #1 eve: 100 % capitals
//	-- ann: !cases bob
func modCases(c *script.Call, a casesArgs) ([]*modCaseInfo, error) {
	if a.Opts.Limit < 0 || a.Opts.Limit > 1000 || a.Opts.Since < 0 {
		c.BadArg("opts", "limit: expected 1 to 1000; since: a duration above 0")
	}
	q := moderate.Query{Room: engine.RoomPath(a.Opts.Room), Limit: cmp.Or(a.Opts.Limit, 20)}
	if a.Opts.Since > 0 {
		q.Since = c.Now().Add(-a.Opts.Since)
	}
	q.User = strings.TrimPrefix(cmp.Or(string(a.Opts.User.ref.ID), a.Opts.User.ref.Name), "@")
	seen := c.SeenRooms()
	list, err := settled(c, func(d script.Moderation, done func([]moderate.Case, error)) {
		d.Cases(q, func(k *moderate.Case) bool { return seesCase(seen, k) }, done)
	})
	out := make([]*modCaseInfo, len(list))
	for i, k := range list {
		c.Charge(20 + len(k.Text)/16)
		c.Alloc(1000 + len(k.Text))
		out[i] = caseInfo(k)
	}
	return out, err
}

type undoArgs struct {
	ID string     `lua:"id"`          // its number
	By personName `lua:"by,optional"` // who wants it undone
}

// personName is a user or the name of one.
type personName string

func (p *personName) FromLua(c *script.Call, v script.Value) error {
	var s someone
	if err := s.FromLua(c, v); err != nil {
		return err
	}
	if u, ok := v.Object().(*user); ok {
		s.ref.Name = u.user.Name
	}
	*p = personName(s.ref.Name)
	return nil
}

func (personName) LuaType() string { return "user|string" }

// modUndo takes a case back: a timeout, mute or ban is lifted where the network can, and
// the offence no longer counts on the ladder. It returns the case.
//
//	mod.rules{ "house", ladder = mod.ladder{ "strict", {"ban"} }, { links = {} } }
//	bot.command{ "pardon", args = "id:word", roles = {"moderator"}, run = function(ev, a)
//	  local case = assert(mod.undo(a.id, ev.user))
//	  ev:reply(case.user .. " is " .. case.status .. " by " .. case.undone_by)
//	end }
//	-- eve: evil.com
//	-- botd does: ban reason=please ask before you post links user=eve
//	-- botd does: delete author=eve message=line reason=please ask before you post links
//	-- moderator mia: !pardon 1
//	-- botd does: unban user=eve
//	-- botd: eve is undone by mia
func modUndo(c *script.Call, a undoArgs) (*modCaseInfo, error) {
	k, err := findCase(c, a.ID)
	if err != nil {
		return nil, err
	}
	k, err = settled(c, func(d script.Moderation, done func(moderate.Case, error)) { d.Undo(k, string(a.By), done) })
	if err != nil {
		return nil, err
	}
	return caseInfo(k), nil
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
// them. It returns the case.
//
//	bot.command{ "timeout", args = "who:user for:duration=10m why:rest?", roles = {"moderator"}, run = function(ev, a)
//	  local case = assert(mod.act(a.who, {"timeout", a["for"]}, {why = a.why, by = ev.user}))
//	  ev:reply(("case #%s: %s for %s"):format(case.id, case.taken, case.user))
//	end }
//	-- moderator mia: !timeout bob 5m too loud
//	-- botd does: timeout length=5m0s reason=too loud user=bob
//	-- botd: case #1: timeout 5m for bob
func modAct(c *script.Call, a modActArgs) (*modCaseInfo, error) {
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
// each who said it. Moderators, the bot and who wants it (by) are left out.
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
	return modAct(c, modActArgs{u, modStep{moderate.Step{Do: "warn"}}, modActOpts{Why: a.Reason, By: by}})
}

type warnArgs struct {
	Reason string `lua:"reason"` // what the user is told
}
