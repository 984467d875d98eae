package moderate

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"botd/engine"
)

// Config is a set of rules as plain data. [Compile] checks it.
type Config struct {
	Name string `json:"name"`
	// Shadow: hits become cases, and nothing else happens.
	Shadow bool `json:"shadow,omitempty"`
	// Exempt are roles, of which each includes those above it, groups, and the network's own
	// words for what a user is. Nil stands for moderators; an empty list exempts nobody.
	Exempt []string `json:"exempt"`
	Rooms  []string `json:"rooms,omitempty"` // [engine.RoomGlob]s; all rooms if there are none
	// NotRooms are left out of those.
	NotRooms []string `json:"not_rooms,omitempty"`
	Ladder   Ladder   `json:"ladder"`
	Rules    []Rule   `json:"rules"` // up to [MaxRules]; a set without any lets everything pass
}

// Rule is one rule: exactly one of the pointers is set.
type Rule struct {
	Off     bool     `json:"off,omitempty"` // it is checked, and not in force
	Why     string   `json:"why,omitempty"` // what people are told
	Ladder  *Ladder  `json:"ladder,omitempty"`
	Exempt  []string `json:"exempt,omitempty"` // besides those of the set
	Links   *Links   `json:"links,omitempty"`
	Caps    *Caps    `json:"caps,omitempty"`
	Repeats *Repeats `json:"repeats,omitempty"`
	Symbols *Symbols `json:"symbols,omitempty"`
	Emotes  *Emotes  `json:"emotes,omitempty"`
	Length  *Length  `json:"length,omitempty"`
	Flood   *Flood   `json:"flood,omitempty"`
	Words   *Words   `json:"words,omitempty"`
	Pattern string   `json:"pattern,omitempty"` // a regular expression of Go's
}

// Kind is which of [Kinds] a rule is, "" if it is none.
func (r Rule) Kind() string {
	for i, is := range []bool{
		r.Links != nil, r.Caps != nil, r.Repeats != nil, r.Symbols != nil, r.Emotes != nil, r.Length != nil, r.Flood != nil, r.Words != nil, r.Pattern != "",
	} {
		if is {
			return Kinds()[i]
		}
	}
	return ""
}

// Links hits addresses of web pages, however they are written.
type Links struct {
	// Allow are hosts, with all below them: "example.com", "example.com/docs".
	Allow []string `json:"allow,omitempty"`
	// Strict takes also for a link what may be the name of a file, such as "main.py", or the
	// end of a sentence, such as "yes.it".
	Strict bool `json:"strict,omitempty"`
}

// Caps hits lines in capitals.
type Caps struct {
	Over float64 `json:"over,omitempty"` // more than this part of the letters; 0.7 if 0
	Min  int     `json:"min,omitempty"`  // fewer letters never hit; 20 if 0
}

// Repeats hits a line that is said again.
type Repeats struct {
	SameText    int           `json:"same_text,omitempty"` // the how-manieth hits; 3 if 0
	Within      time.Duration `json:"within,omitempty"`    // 30 s if 0
	AcrossUsers bool          `json:"across_users,omitempty"`
	// Min is how many letters a line needs to count over several users, who all say "hello";
	// 10 if 0.
	Min int `json:"min,omitempty"`
}

// Symbols hits lines of signs, and letters under heaps of accents.
type Symbols struct {
	Over float64 `json:"over,omitempty"` // more than this part of all but spaces; 0.5 if 0
	Min  int     `json:"min,omitempty"`  // fewer signs never hit; 15 if 0
}

// Emotes hits lines with many pictures.
type Emotes struct {
	Max   int      `json:"max,omitempty"`   // that many are fine; 8 if 0
	Names []string `json:"names,omitempty"` // words that are pictures on the network
}

// Length hits long lines.
type Length struct {
	Max   int `json:"max,omitempty"`   // characters that are fine; 400 if both are 0
	Lines int `json:"lines,omitempty"` // line breaks count one more
}

// Flood hits who says many lines at a time.
type Flood struct {
	Lines  int           `json:"lines,omitempty"`  // the how-manieth hits; 5 if 0
	Within time.Duration `json:"within,omitempty"` // 3 s if 0
}

// Words hits words and phrases. One stands for itself in any case and with any accents;
// with a * at an end also for longer words.
type Words struct {
	List []string `json:"list,omitempty"`
	// Confusables: also letters that look alike, digits for letters, and letters apart.
	Confusables bool `json:"confusables,omitempty"`
}

// Bounds of a set.
const (
	MaxRules   = 100
	MaxList    = 20_000 // words of a rule
	MaxWord    = 100    // bytes of one
	MaxPattern = 1000   // bytes of a regular expression
	maxInsts   = 500    // of its program: it runs on every line
	maxWithin  = time.Hour
	maxCount   = 1000
)

// Kinds are the names of the kinds of rules, as they stand in a [Hit] and as permits
// name them.
func Kinds() []string {
	return []string{"links", "caps", "repeats", "symbols", "emotes", "length", "flood", "words", "pattern"}
}

// Compile checks a configuration and makes a set of it. Errors have code Invalid and name
// the rule by its number.
func Compile(cfg Config) (*Set, error) {
	s := &Set{cfg: cfg, recent: newRecent()}
	if cfg.Name == "" || len(cfg.Name) > 100 {
		return nil, engine.Errorf(engine.Invalid, "a set of rules needs a name of 1 to 100 bytes")
	}
	if len(cfg.Rules) > MaxRules {
		return nil, engine.Errorf(engine.Invalid, "rules %q: expected up to %d rules, got %d", cfg.Name, MaxRules, len(cfg.Rules))
	}
	if err := cfg.Ladder.Check(); err != nil {
		return nil, engine.Errorf(engine.Invalid, "rules %q: %s", cfg.Name, engine.AsError(err).Msg)
	}
	var err error
	if s.rooms, err = globs(cfg.Rooms); err == nil {
		s.notRooms, err = globs(cfg.NotRooms)
	}
	if err != nil {
		return nil, engine.Errorf(engine.Invalid, "rules %q: %s", cfg.Name, engine.AsError(err).Msg)
	}
	s.exempt = exempt(cfg.Exempt)
	if cfg.Exempt == nil {
		s.exempt = exempt([]string{engine.Moderator.String()})
	}
	for i, r := range cfg.Rules {
		c, err := r.compile(i)
		if err != nil {
			return nil, engine.Errorf(engine.Invalid, "rules %q, rule %d: %s", cfg.Name, i+1, engine.AsError(err).Msg)
		}
		s.rules = append(s.rules, c)
	}
	return s, nil
}

func globs(list []string) (out []engine.RoomGlob, err error) {
	for _, text := range list {
		g, err := engine.ParseRoomGlob(text)
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

// compiled is a rule that can look at lines.
type compiled struct {
	Rule
	kind string
	why  string // what people are told if the rule does not say
	// within is the time that several lines have to fall into, 0 for rules about one.
	within time.Duration
	exempt exemption // besides that of the set
	check  func(s *Set, v *view) (detail string, hit bool)
}

func (r Rule) compile(number int) (compiled, error) {
	c := compiled{Rule: r, exempt: exempt(r.Exempt)}
	set := 0
	take := func(on bool, kind, why string, make func() error) error {
		if !on {
			return nil
		}
		set++
		c.kind, c.why = kind, why
		return make()
	}
	err := firstError(
		take(r.Links != nil, "links", "please ask before you post links", func() error { return c.links(*r.Links) }),
		take(r.Caps != nil, "caps", "please do not shout", func() error { return c.caps(*r.Caps) }),
		take(r.Repeats != nil, "repeats", "please do not repeat yourself", func() error { return c.repeats(number, *r.Repeats) }),
		take(r.Symbols != nil, "symbols", "please use fewer symbols", func() error { return c.symbols(*r.Symbols) }),
		take(r.Emotes != nil, "emotes", "please use fewer emotes", func() error { return c.emotes(*r.Emotes) }),
		take(r.Length != nil, "length", "please be brief", func() error { return c.length(*r.Length) }),
		take(r.Flood != nil, "flood", "please slow down", func() error { return c.flood(number, *r.Flood) }),
		take(r.Words != nil, "words", "please mind your language", func() error { return c.words(*r.Words) }),
		take(r.Pattern != "", "pattern", "please do not say that here", func() error { return c.pattern(r.Pattern) }),
	)
	if err == nil && set != 1 {
		err = engine.Errorf(engine.Invalid, "expected exactly one of %s", strings.Join(Kinds(), ", "))
	}
	if err == nil && r.Ladder != nil {
		err = r.Ladder.Check()
	}
	if r.Why != "" {
		c.why = r.Why
	}
	return c, err
}

// Check holds a rule to what [Compile] takes; errors have code Invalid.
func (r Rule) Check() error {
	_, err := r.compile(0)
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// CompilePattern compiles a regular expression that is to run on every line.
func CompilePattern(text string) (*regexp.Regexp, error) {
	if len(text) > MaxPattern {
		return nil, engine.Errorf(engine.Invalid, "pattern: longer than %d bytes", MaxPattern)
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, engine.Errorf(engine.Invalid, "pattern: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, engine.Errorf(engine.Invalid, "pattern: %s", err)
	}
	if len(prog.Inst) > maxInsts {
		return nil, engine.Errorf(engine.Invalid, "pattern: too complex to run on every line: %d instructions, %d are allowed", len(prog.Inst), maxInsts)
	}
	return regexp.MustCompile(text), nil // it has been parsed already
}

func (c *compiled) pattern(text string) error {
	re, err := CompilePattern(text)
	if err != nil {
		return err
	}
	c.check = func(_ *Set, v *view) (string, bool) {
		if at := re.FindStringIndex(v.plain()); at != nil {
			return shorten(v.plain()[at[0]:at[1]]), true
		}
		return "", false
	}
	return nil
}
