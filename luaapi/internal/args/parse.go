package args

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"botd/engine"
)

// Parse reads what somebody wrote behind a command. The values are by the names of the
// arguments; one that was left out and has no default is not there. Errors are fit to
// be said in the room and have code Invalid, or that of the world.
//
// Arguments come in their order. One that may be left out is skipped if the word there
// does not fit it and there is another one to take it. A text of several words stands in
// quotes. Each argument can also be given by name, before the rest of the line:
// --name=value, --name value, and --name or --no-name for a bool. -- ends the flags.
func (s Spec) Parse(line string, w World) (map[string]any, error) {
	p := parser{spec: s, world: w, line: line, values: make(map[string]any, len(s))}
	for i := range s {
		if err := p.place(i); err != nil {
			return nil, err
		}
	}
	if err := p.flags(); err != nil {
		return nil, err
	}
	if t, ok := p.peek(); ok {
		return nil, engine.Errorf(engine.Invalid, "too much: %q", clip(t.text))
	}
	return p.values, p.fill()
}

type parser struct {
	spec    Spec
	world   World
	line    string // what has not been read
	noFlags bool   // after --
	values  map[string]any
}

// token is a word or a text in quotes.
type token struct {
	text   string
	quoted bool
	rest   string // what follows it
}

// place reads argument i if something stands in its place.
func (p *parser) place(i int) error {
	a := &p.spec[i]
	if err := p.flags(); err != nil {
		return err
	}
	if _, given := p.values[a.Name]; given || a.Flag {
		return nil
	}
	t, ok := p.peek()
	if !ok {
		return nil
	}
	if a.Type.Name == restType {
		t.text, t.rest = strings.TrimSpace(p.line), ""
	}
	v, err := a.Type.Parse(t.text, p.world)
	if a.Type.Name == quotedType && !t.quoted {
		err = engine.Errorf(engine.Invalid, "expected %s, got %q", a.Type.What(), clip(t.text))
	}
	if err != nil {
		if a.Optional && p.later(i+1) {
			return nil
		}
		return at(a, err)
	}
	p.values[a.Name] = v
	p.line = t.rest
	return nil
}

// later reports whether an argument from i on could take a word.
func (p *parser) later(i int) bool {
	for _, a := range p.spec[i:] {
		if _, given := p.values[a.Name]; !given && !a.Flag {
			return true
		}
	}
	return false
}

// at says which argument an error is about.
func at(a *Arg, err error) error {
	e := engine.AsError(err)
	return &engine.Error{Code: e.Code, Msg: a.Name + ": " + e.Msg}
}

// flags reads the flags that stand next.
func (p *parser) flags() error {
	for !p.noFlags {
		t, ok := p.peek()
		name, isFlag := strings.CutPrefix(t.text, "--")
		if !ok || t.quoted || !isFlag {
			return nil
		}
		if name == "" {
			p.noFlags, p.line = true, t.rest
			return nil
		}
		if err := p.flag(name); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) flag(name string) error {
	// The value may be in quotes, so the name ends where the word says.
	start := strings.Index(p.line, "--") + 2
	name, _, hasValue := strings.Cut(name, "=")
	p.line = p.line[start+len(name):]
	positive, negated := strings.CutPrefix(name, "no-")
	i, err := p.spec.named(name)
	if err != nil && negated {
		if j, err2 := p.spec.named(positive); err2 == nil && p.spec[j].Type.Name == "bool" && !hasValue {
			return p.set(j, false)
		}
	}
	if err != nil {
		return err
	}
	a := &p.spec[i]
	switch {
	case hasValue:
		p.line = p.line[1:]
	case a.Type.Name == "bool":
		return p.set(i, true)
	}
	apart := startsWithSpace(p.line)
	t, ok := p.peek()
	if !ok || hasValue && apart {
		return engine.Errorf(engine.Invalid, "--%s needs a value: %s", a.Name, a.Type.What())
	}
	v, err := a.Type.Parse(t.text, p.world)
	if err != nil {
		return at(a, err)
	}
	p.line = t.rest
	return p.set(i, v)
}

func (p *parser) set(i int, v any) error {
	name := p.spec[i].Name
	if _, twice := p.values[name]; twice {
		return engine.Errorf(engine.Invalid, "%s is given twice", name)
	}
	p.values[name] = v
	return nil
}

// fill puts the defaults in, and refuses if something is missing.
func (p *parser) fill() error {
	for i := range p.spec {
		a := &p.spec[i]
		if _, given := p.values[a.Name]; given {
			continue
		}
		switch {
		case a.Default != "":
			v, err := a.Type.Parse(a.Default, p.world)
			if err != nil {
				return at(a, err)
			}
			p.values[a.Name] = v
		case a.Flag && a.Type.Name == "bool":
			p.values[a.Name] = false
		case !a.Optional:
			return engine.Errorf(engine.Invalid, "%s is missing: %s", a.Name, a.Type.What())
		}
	}
	return nil
}

func startsWithSpace(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(r)
}

// quotes are the pairs people type, or their phones for them.
var quotes = map[rune]rune{'"': '"', '“': '”', '„': '“', '«': '»', '\'': '\''}

// peek looks at the next word. A quote that is never closed is an ordinary sign, and so
// is one within a word: "don't".
func (p *parser) peek() (token, bool) {
	p.line = strings.TrimLeftFunc(p.line, unicode.IsSpace)
	if p.line == "" {
		return token{}, false
	}
	open, size := utf8.DecodeRuneInString(p.line)
	if shut, ok := quotes[open]; ok {
		if text, rest, ok := cutQuoted(p.line[size:], shut); ok {
			return token{text, true, rest}, true
		}
	}
	end := strings.IndexFunc(p.line, unicode.IsSpace)
	if end < 0 {
		end = len(p.line)
	}
	return token{text: p.line[:end], rest: p.line[end:]}, true
}

// cutQuoted reads up to the closing quote, which a space or nothing follows. A backslash
// before a quote makes it a part of the text.
func cutQuoted(s string, shut rune) (text, rest string, ok bool) {
	var b []byte
	for i, r := range s {
		if r != shut {
			b = utf8.AppendRune(b, r)
			continue
		}
		if last := len(b) - 1; last >= 0 && b[last] == '\\' {
			b = utf8.AppendRune(b[:last], r)
			continue
		}
		rest = s[i+utf8.RuneLen(r):]
		if rest == "" || startsWithSpace(rest) {
			return string(b), rest, true
		}
		b = utf8.AppendRune(b, r)
	}
	return "", "", false
}
