// Package args is the language in which scripts describe the arguments of a command,
// "who:user for:duration=2m reason:rest?", and the parser of what people write for them.
// It is pure: whom a name means and what time it is are told by a [World].
package args

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"botd/engine"
	"botd/engine/nearest"
)

// Arg describes one argument.
type Arg struct {
	Name     string
	Type     Type
	Optional bool
	Default  string // as people would write it; "" for none
	Flag     bool   // only as --name, never by its place
}

// Spec describes the arguments of a command.
type Spec []Arg

// What a description may have.
const (
	maxSpec = 1000 // bytes
	maxArgs = 20
	maxName = 32 // bytes
)

// ParseSpec reads a description: arguments with a space between them, each a name, a type
// after a colon ("word" without), and a question mark if it may be left out or a default
// after "=". With -- before it an argument is only a flag. Errors have code Invalid.
func ParseSpec(text string) (Spec, error) {
	if len(text) > maxSpec {
		return nil, engine.Errorf(engine.Invalid, "the description is longer than %d bytes", maxSpec)
	}
	var out Spec
	for _, item := range items(text) {
		a, err := parseArg(item)
		if err != nil {
			return nil, engine.Errorf(engine.Invalid, "%q: %s", item, engine.AsError(err).Msg)
		}
		if err := out.admits(a); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// admits refuses what does not go with the arguments before it.
func (s Spec) admits(a Arg) error {
	switch {
	case len(s) == maxArgs:
		return engine.Errorf(engine.Invalid, "more than %d arguments", maxArgs)
	case slices.ContainsFunc(s, func(b Arg) bool { return b.Name == a.Name }):
		return engine.Errorf(engine.Invalid, "there are two arguments %q", a.Name)
	}
	for _, b := range s {
		if b.Type.Name == restType && !a.Flag {
			return engine.Errorf(engine.Invalid, "%q takes the rest of the line, so %q must stand before it", b.Name, a.Name)
		}
	}
	return nil
}

// items splits a description at spaces outside of brackets and quotes.
func items(text string) []string {
	depth, quoted := 0, false
	return strings.FieldsFunc(text, func(r rune) bool {
		switch {
		case r == '"':
			quoted = !quoted
		case r == '(' && !quoted:
			depth++
		case r == ')' && !quoted:
			depth--
		}
		return depth <= 0 && !quoted && unicode.IsSpace(r)
	})
}

func parseArg(item string) (a Arg, err error) {
	item, a.Flag = strings.CutPrefix(item, "--")
	end := strings.IndexFunc(item, func(r rune) bool { return !isNameRune(r) })
	if end < 0 {
		end = len(item)
	}
	a.Name, item = item[:end], item[end:]
	if a.Name == "" || len(a.Name) > maxName || !unicode.IsLetter(rune(a.Name[0])) && a.Name[0] != '_' {
		return a, engine.Errorf(engine.Invalid, `an argument is a name and a type, as in "count:int"`)
	}
	a.Type = Type{Name: "word"}
	if rest, ok := strings.CutPrefix(item, ":"); ok {
		if a.Type, item, err = cutType(rest); err != nil {
			return a, err
		}
	}
	switch value, isDefault := strings.CutPrefix(item, "="); {
	case item == "":
	case item == "?":
		a.Optional = true
	case isDefault && value != "":
		a.Default, a.Optional = unquote(value), true
	default:
		return a, engine.Errorf(engine.Invalid, `expected "?" or "=default" after the type, got %q`, item)
	}
	if a.Flag {
		a.Optional = true
		if a.Type.Name == restType {
			return a, engine.Errorf(engine.Invalid, "a flag cannot take the rest of the line; use text")
		}
	}
	if a.Default != "" && !a.Type.needsWorld() {
		if _, err := a.Type.Parse(a.Default, World{}); err != nil {
			return a, engine.Errorf(engine.Invalid, "the default: %s", engine.AsError(err).Msg)
		}
	}
	return a, nil
}

// isNameRune holds for what a name is made of: what can be written after a dot in Lua.
func isNameRune(r rune) bool {
	return r < utf8.RuneSelf && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r))
}

// unquote takes the quotes off a default.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// Usage shows the arguments as people see them: "<who> [for=2m] [reason...] [--quiet]".
func (s Spec) Usage() string {
	var parts []string
	for _, a := range s {
		parts = append(parts, a.usage())
	}
	return strings.Join(parts, " ")
}

func (a Arg) usage() string {
	name := a.Name
	if len(a.Type.Choices) > 0 && len(a.Type.Choices) <= 6 && (a.Flag || a.Default == "") {
		name = strings.Join(a.Type.Choices, "|")
		if a.Flag {
			name = a.Name + "=" + name
		}
	} else if a.Flag && a.Type.Name != "bool" {
		name += "=" + a.Type.Name
	}
	switch {
	case a.Type.Name == restType:
		name += "..."
	case a.Type.Name == quotedType && !a.Flag:
		name = `"` + name + `"`
	}
	switch {
	case a.Flag:
		return "[--" + name + "]"
	case a.Default != "":
		return "[" + name + "=" + a.Default + "]"
	case a.Optional:
		return "[" + name + "]"
	}
	return "<" + name + ">"
}

// named finds an argument by its name.
func (s Spec) named(name string) (int, error) {
	i := slices.IndexFunc(s, func(a Arg) bool { return strings.EqualFold(a.Name, name) })
	if i >= 0 {
		return i, nil
	}
	var names []string
	for _, a := range s {
		names = append(names, a.Name)
	}
	if near, ok := nearest.Name(name, names); ok {
		return 0, engine.Errorf(engine.Invalid, "there is no --%s, did you mean --%s?", clip(name), near)
	}
	return 0, engine.Errorf(engine.Invalid, "there is no --%s", clip(name))
}

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}
