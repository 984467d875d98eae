package api

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"botd/engine"
	"botd/engine/nearest"
)

// Encode writes the command with parameters as encoding/json decodes them; nil stands
// for one that is absent. Nothing in a parameter can change which command is read, or
// which parameter it is. A chat may also be given as it is written: "#7". Errors have
// code Invalid.
//
// What can be written can still be a mistake: see [Command.Safe].
func (c *Command) Encode(params map[string]any) (string, error) {
	f := c.form(params)
	if err := c.checkNames(f, params); err != nil {
		return "", err
	}
	w := writer{table: Load(), op: c.Name}
	if err := w.write(f.Syntax.parts, f.Params, params); err != nil {
		return "", err
	}
	return string(w.out), nil
}

// form is the older one if all parameters are from then.
func (c *Command) form(params map[string]any) *Form {
	if c.Older == nil {
		return &c.Form
	}
	for name := range params {
		if !has(c.Older.Params, name) {
			return &c.Form
		}
	}
	return c.Older
}

func (c *Command) checkNames(f *Form, params map[string]any) error {
	for name := range params {
		if !has(f.Params, name) {
			return engine.Errorf(engine.Invalid, "%s has no parameter %q%s", c.Name, name, meant(name, f.Params))
		}
	}
	for _, p := range f.Params {
		if params[p.Name] == nil && f.Needs(p.Name) {
			return engine.Errorf(engine.Invalid, "%s needs the parameter %q", c.Name, p.Name)
		}
	}
	return nil
}

// Needs reports whether the command cannot be written without the parameter.
func (f *Form) Needs(param string) bool { return f.Syntax.needs(param) }

func has(fields []Field, name string) bool {
	return slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name })
}

// meant suggests a field, or lists all of them.
func meant(name string, fields []Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return nearest.HintOrAll(name, names)
}

// writer builds the string of one command.
type writer struct {
	table *Table
	op    string
	out   []byte
}

func (w *writer) fault(path, format string, args ...any) error {
	return engine.Errorf(engine.Invalid, "%s of %s %s", path, w.op, fmt.Sprintf(format, args...))
}

// write writes parts with the values of an object.
func (w *writer) write(parts []part, fields []Field, values map[string]any) error {
	for _, p := range parts {
		var err error
		switch {
		case p.param != "":
			err = w.param(p, typeOf(fields, p.param), values[p.param])
		case p.when != "":
			if holds(p, fields, values[p.when]) {
				err = w.write(p.opt, fields, values)
			}
		default:
			w.out = append(w.out, p.lit...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func typeOf(fields []Field, name string) Field {
	i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
	return fields[i] // a syntax names parameters that are there, as a test checks
}

// holds decides a condition: absent, empty and 0 do not hold. A flag that need not be
// given at all holds if it is given; another one if it is on, or with ! if it is off.
func holds(p part, fields []Field, v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		if p.not {
			return !v
		}
		return v || typeOf(fields, p.when).Optional
	case string:
		return v != ""
	}
	n, isNumber := integer(v)
	return !isNumber || n != 0
}

// param writes one value where the syntax has a place for it.
func (w *writer) param(p part, f Field, v any) error {
	if v == nil {
		return w.fault(p.param, "is missing")
	}
	if p.quoted {
		return w.json(f.Type, v, p.param)
	}
	switch f.Type {
	case "bool":
		on, ok := v.(bool)
		if !ok {
			return w.fault(p.param, "is %s, want true or false", kindOf(v))
		}
		w.out = append(w.out, map[bool]string{true: "on", false: "off"}[on]...)
		return nil
	case "int", "int64":
		return w.number(v, p.param)
	case "[int64]":
		return w.list(v, p.param)
	case "string":
		return w.plain(v, p.param)
	}
	if typ := w.table.Type(f.Type); typ != nil && (typ.Written != nil || typ.Kind == "enum") {
		return w.written(typ, v, p.param)
	}
	return w.json(f.Type, v, p.param)
}

// number writes a count or the number of something, none of which is negative.
func (w *writer) number(v any, path string) error {
	n, ok := integer(v)
	if !ok || n < 0 {
		return w.fault(path, "is %s, want a whole number that is not negative", show(v))
	}
	w.out = strconv.AppendInt(w.out, n, 10)
	return nil
}

func (w *writer) list(v any, path string) error {
	items, ok := v.([]any)
	if !ok || len(items) == 0 {
		return w.fault(path, "is %s, want a list of numbers that is not empty", kindOf(v))
	}
	for i, item := range items {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.number(item, fmt.Sprintf("%s[%d]", path, i+1)); err != nil {
			return err
		}
	}
	return nil
}

// chatRef is a chat as it is written.
var chatRef = regexp.MustCompile(`^([@#*])([0-9]{1,18})(\(_support(:[0-9]{1,18})?\))?$`)

// written writes a value that is not JSON in a command.
func (w *writer) written(typ *Type, v any, path string) error {
	text, isText := v.(string)
	switch {
	case typ.Kind == "enum":
		if !isText || !slices.Contains(typ.Values, text) {
			return w.fault(path, "is %s, want one of %s", show(v), strings.Join(typ.Values, ", "))
		}
		if typ.Written != nil {
			text = typ.Written[text].text
		}
		w.out = append(w.out, text...)
		return nil
	case typ.Name == "ChatRef" && isText:
		if !chatRef.MatchString(text) {
			return w.fault(path, "is %s, want a chat as @5 or #7", show(v))
		}
		w.out = append(w.out, text...)
		return nil
	}
	object, ok := v.(map[string]any)
	if !ok {
		return w.fault(path, "is %s, want an object", kindOf(v))
	}
	tag, fields := "", typ.Fields
	if typ.Kind == "union" {
		tag, _ = object["type"].(string)
		variant := typ.variant(tag)
		if variant == nil {
			return w.fault(path+".type", "is %s, want one of %s", show(object["type"]), tags(typ))
		}
		fields = variant.Fields
	}
	return w.write(typ.Written[tag].parts, fields, object)
}

func tags(t *Type) string {
	names := make([]string, len(t.Variants))
	for i, v := range t.Variants {
		names[i] = v.Tag
	}
	return strings.Join(names, ", ")
}

// rests are the strings that reach to the end of the command, so that they may hold
// spaces.
var rests = map[string]bool{"filePath": true, "search": true, "sessionCode": true}

// option looks like what may stand in front of a string: incognito=on, @5.
var option = regexp.MustCompile(`^([A-Za-z_]+=|@[0-9])`)

// plain writes a string as it is, which is only possible if nothing in it ends it or
// makes it look like something else.
func (w *writer) plain(v any, path string) error {
	s, ok := v.(string)
	switch {
	case !ok:
		return w.fault(path, "is %s, want a string", kindOf(v))
	case s == "":
		return w.fault(path, "is empty")
	case strings.ContainsFunc(s, unprintable):
		return w.fault(path, "holds a character that cannot be written in a command")
	case s != strings.TrimSpace(s):
		return w.fault(path, "begins or ends with a space")
	case !rests[path] && strings.ContainsFunc(s, unicode.IsSpace):
		return w.fault(path, "holds a space")
	case option.MatchString(s):
		return w.fault(path, "would be read as an option: %s", show(s))
	}
	w.out = append(w.out, s...)
	return nil
}

func unprintable(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || r != ' ' && unicode.IsSpace(r)
}
