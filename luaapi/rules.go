package luaapi

import (
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/moderate"
	"botd/engine/script"
)

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

type checkArgs struct {
	Rule ruleSpec `lua:"rule"` // as mod.rules takes it
}

// modCheck tells whether a rule can be: true, or nil and what is wrong with it. It is for rules that people
// typed; mod.rules raises for one that cannot be, as a script with wrong rules must not load.
//
//	bot.command{ "forbid", args = "what:rest", roles = {"moderator"}, run = function(ev, a)
//	  local rule = { pattern = a.what }
//	  local ok, err = mod.check(rule)
//	  if not ok then return ev:reply(err.message) end
//	  mod.rules{ "forbidden", rule }
//	end }
//	-- moderator mia: !forbid (spam
//	-- botd: pattern: missing closing ): `(spam`
//	-- moderator mia: !forbid spam
//	-- eve: no spam
//	-- botd does: whisper text=please do not say that here user=eve
func modCheck(c *script.Call, a checkArgs) (script.OK, error) {
	return script.OK{}, a.Rule.rule(c, 0).Check()
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
