package args

import (
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/nearest"
)

// World tells what the text alone does not.
type World struct {
	Now  time.Time                      // its zone is the one of times without one
	User func(name string) (any, error) // whom a name means
	Room func(name string) (any, error)
}

// Type is the type of an argument or answer. The zero value is none.
type Type struct {
	Name    string
	Choices []string // of an enum
}

// Types that depend on more than the text of a word.
const (
	restType   = "rest"
	quotedType = "quoted"
)

// reader turns a text into a value: a string, list of strings, bool, int64, float64, [time.Duration],
// [time.Time] or what the world made of a name. what is for the message: "a whole number".
type reader struct {
	what string
	read func(text string, w World) (any, bool)
}

// types are the types there are. Enum, user and room have messages of their own.
var types = map[string]reader{
	"int":      {"a whole number", readInt},
	"num":      {"a number", readNumber},
	"word":     {"one word", readWord},
	"text":     {"a text", readText},
	restType:   {"a text", readText},
	quotedType: {"a text in quotes", readText},
	"list":     {"a list with commas or | between its parts", readList},
	"duration": {`a duration such as "90s", "5m" or "1h30m"`, readDuration},
	"time":     {`a time such as "18:30", "2026-01-31 18:30" or "in 10m"`, readTime},
	"url":      {"a web address such as https://example.com", readURL},
	"dice":     {`dice such as "2d6+1"`, readDice},
	"bool":     {"yes or no", readBool},
	"regex":    {"a regular expression", readRegex},
	"user":     {what: "a user"},
	"room":     {what: "a room"},
	"enum":     {what: "one of a list"},
}

// Types lists the names of all types, in order.
func Types() []string {
	var out []string
	for name := range types {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// ParseType reads a type alone, as for the answer to a question: "int", "enum(a|b)".
func ParseType(text string) (Type, error) {
	t, rest, err := cutType(text)
	if err == nil && rest != "" {
		err = engine.Errorf(engine.Invalid, "expected a type such as int, got %q", clip(text))
	}
	return t, err
}

// cutType reads a type at the front of a text.
func cutType(text string) (t Type, rest string, err error) {
	end := strings.IndexFunc(text, func(r rune) bool { return !isNameRune(r) })
	if end < 0 {
		end = len(text)
	}
	t.Name, rest = text[:end], text[end:]
	if _, ok := types[t.Name]; !ok {
		return t, "", engine.Errorf(engine.Invalid, "no type %q%s", clip(t.Name), nearest.HintOrAll(t.Name, Types()))
	}
	if t.Name != "enum" {
		return t, rest, nil
	}
	inner, after, ok := strings.Cut(strings.TrimPrefix(rest, "("), ")")
	if !ok || !strings.HasPrefix(rest, "(") {
		return t, "", engine.Errorf(engine.Invalid, `an enum lists its values, as in "enum(on|off)"`)
	}
	for c := range strings.SplitSeq(inner, "|") {
		c = strings.TrimSpace(c)
		if c == "" || slices.Contains(t.Choices, c) {
			return t, "", engine.Errorf(engine.Invalid, "the values of an enum must be there and differ")
		}
		t.Choices = append(t.Choices, c)
	}
	return t, after, nil
}

func (t Type) needsWorld() bool { return t.Name == "user" || t.Name == "room" || t.Name == "time" }

// What describes what is expected: "a whole number".
func (t Type) What() string {
	if t.Name == "enum" {
		return "one of " + strings.Join(t.Choices, ", ")
	}
	return types[t.Name].what
}

// Parse turns a text into a value of the type. Its errors have code Invalid and are fit
// to be said in a room; those of the world pass through.
func (t Type) Parse(text string, w World) (any, error) {
	switch t.Name {
	case "user":
		return ask(w.User, text)
	case "room":
		return ask(w.Room, text)
	case "enum":
		return t.choose(text)
	}
	r := types[t.Name]
	v, ok := r.read(text, w)
	if !ok {
		return nil, engine.Errorf(engine.Invalid, "expected %s, got %q", r.what, clip(text))
	}
	return v, nil
}

func ask(f func(string) (any, error), name string) (any, error) {
	if f == nil {
		return name, nil
	}
	return f(name)
}

func (t Type) choose(text string) (any, error) {
	for _, c := range t.Choices {
		if strings.EqualFold(c, text) {
			return c, nil
		}
	}
	if hint := nearest.Hint(text, t.Choices); hint != "" {
		return nil, engine.Errorf(engine.Invalid, "there is no %q%s", clip(text), hint)
	}
	return nil, engine.Errorf(engine.Invalid, "expected %s, got %q", t.What(), clip(text))
}

func readInt(text string, _ World) (any, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= -1<<53 && n <= 1<<53 // what Lua's numbers hold
}

func readNumber(text string, _ World) (any, bool) {
	f, err := strconv.ParseFloat(text, 64)
	plain := !strings.ContainsAny(text, "xX_pPnN") // no hexadecimal, NaN or Inf
	return f, err == nil && plain && !math.IsInf(f, 0)
}

func readWord(text string, _ World) (any, bool) {
	return text, text != "" && len(strings.Fields(text)) == 1
}

func readText(text string, _ World) (any, bool) { return text, text != "" }

// readList takes commas for a part of the texts where | stands between them.
func readList(text string, _ World) (any, bool) {
	between := ","
	if strings.Contains(text, "|") {
		between = "|"
	}
	var out []string
	for part := range strings.SplitSeq(text, between) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out, len(out) > 0
}

func readDuration(text string, _ World) (any, bool) {
	d, ok := engine.ParseDuration(text)
	return d, ok
}

func readURL(text string, _ World) (any, bool) {
	u, err := url.Parse(strings.Trim(text, "<>")) // as some write them
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, false
	}
	return u.String(), true
}

func readDice(text string, _ World) (any, bool) {
	d, err := ParseDice(text)
	return d.String(), err == nil
}

var bools = map[string]bool{
	"yes": true, "y": true, "true": true, "on": true, "1": true,
	"no": false, "n": false, "false": false, "off": false, "0": false,
}

func readBool(text string, _ World) (any, bool) {
	v, ok := bools[strings.ToLower(text)]
	return v, ok
}

// maxRegex bounds what a user can have compiled.
const maxRegex = 200

func readRegex(text string, _ World) (any, bool) {
	if len(text) > maxRegex {
		return nil, false
	}
	_, err := regexp.Compile(text)
	return text, err == nil
}

// Layouts of times, the ones with a date first.
var (
	dateLayouts  = []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02"}
	clockLayouts = []string{"15:04", "15:04:05", "3:04pm", "3pm"}
)

// readTime reads a date, a time of day (the next one), or how long from now.
func readTime(text string, w World) (any, bool) {
	text = strings.TrimSpace(text)
	if d, ok := engine.ParseDuration(strings.TrimSpace(strings.TrimPrefix(text, "in "))); ok {
		return w.Now.Add(d), true
	}
	for _, l := range dateLayouts {
		if t, err := time.ParseInLocation(l, text, w.Now.Location()); err == nil {
			return t, true
		}
	}
	day := w.Now
	clock, tomorrow := strings.CutPrefix(strings.ToLower(text), "tomorrow ")
	for _, l := range clockLayouts {
		c, err := time.Parse(l, clock)
		if err != nil {
			continue
		}
		at := func(days int) time.Time {
			return time.Date(day.Year(), day.Month(), day.Day()+days, c.Hour(), c.Minute(), c.Second(), 0, day.Location())
		}
		if tomorrow || !at(0).After(w.Now) {
			return at(1), true
		}
		return at(0), true
	}
	return nil, false
}
