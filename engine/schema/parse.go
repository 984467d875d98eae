package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"botd/engine"
)

// maxDepth and maxFields bound a schema.
const (
	maxDepth  = 8
	maxFields = 200
)

// Parse reads a schema from plain data: by the name of each setting a table such as
//
//	{type: int, default: 3, min: 1, max: 10, help: "how many"}
//
// or the default alone, whose type is then the setting's. Keys of the table are type,
// default, required, min, max, enum, of (of a list or a table, what its items are: a type or such a
// table), fields (of a table, a schema) and help.
func Parse(defs map[string]any) (Schema, []Problem) {
	p := parser{left: maxFields}
	s := p.schema(defs, "", 0)
	return s, p.faults
}

type parser struct {
	faults
	left int
}

func (p *parser) schema(defs map[string]any, path string, depth int) Schema {
	s := Schema{}
	for _, name := range slices.Sorted(maps.Keys(defs)) {
		at := join(path, name)
		if p.left--; p.left < 0 || depth > maxDepth {
			p.add(at, "the schema is too large: at most %d settings, %d deep", maxFields, maxDepth)
			return s
		}
		if name == "" || strings.ContainsAny(name, ".[] ") {
			p.add(at, "a name must be one word without dots and brackets")
			continue
		}
		f := p.field(defs[name], at, depth)
		f.Name = name
		s = append(s, f)
	}
	return s
}

// field reads one definition.
func (p *parser) field(def any, path string, depth int) Field {
	m, ok := def.(map[string]any)
	if !ok {
		return p.short(def, path)
	}
	f := Field{Type: Any}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if read := keys[key]; read != nil {
			read(p, &f, m[key], join(path, key), depth)
		} else {
			p.add(join(path, key), "%s", unknown("key of a setting", key, slices.Sorted(maps.Keys(keys))))
		}
	}
	if _, typed := m["type"]; !typed {
		f.Type = implied(f)
	}
	p.consistent(&f, path)
	return f
}

// short reads a default that stands for the whole definition, or the name of a type.
func (p *parser) short(def any, path string) Field {
	f := Field{Default: number(def)}
	switch f.Default.(type) {
	case string:
		f.Type = Text
	case float64:
		f.Type = Number
	case bool:
		f.Type = Bool
	case []any:
		f.Type = List
	default:
		f.Type = Any
		p.add(path, "want a default, or keys such as type and default")
	}
	return f
}

// implied is the type of a setting that does not say.
func implied(f Field) Type {
	switch {
	case f.Of != nil:
		return List
	case f.Fields != nil:
		return Table
	}
	sample := f.Default
	if sample == nil && len(f.Enum) > 0 {
		sample = f.Enum[0]
	}
	switch sample.(type) {
	case string:
		return Text
	case float64:
		return Number
	case bool:
		return Bool
	case []any:
		return List
	case map[string]any:
		return Table
	}
	return Any
}

// keys are the parts of a definition.
var keys map[string]func(p *parser, f *Field, v any, path string, depth int)

func init() { // the table refers to itself by way of the parser
	keys = map[string]func(p *parser, f *Field, v any, path string, depth int){
		"type":    func(p *parser, f *Field, v any, path string, _ int) { f.Type = p.typeName(v, path) },
		"default": func(_ *parser, f *Field, v any, _ string, _ int) { f.Default = number(v) },
		"help":    func(p *parser, f *Field, v any, path string, _ int) { f.Help, _ = want[string](p, v, path, "text") },
		"required": func(p *parser, f *Field, v any, path string, _ int) {
			f.Required, _ = want[bool](p, v, path, "true or false")
		},
		"min":    func(p *parser, f *Field, v any, path string, _ int) { f.Min = p.bound(v, path) },
		"max":    func(p *parser, f *Field, v any, path string, _ int) { f.Max = p.bound(v, path) },
		"enum":   (*parser).enum,
		"of":     (*parser).of,
		"fields": (*parser).table,
	}
}

func want[T any](p *parser, v any, path, what string) (T, bool) {
	t, ok := v.(T)
	if !ok {
		p.add(path, "want %s, got %s", what, describe(v))
	}
	return t, ok
}

func (p *parser) typeName(v any, path string) Type {
	name, _ := v.(string)
	if i := slices.Index(types, Type(name)); i >= 0 {
		return types[i]
	}
	known := make([]string, len(types))
	for i, t := range types {
		known[i] = string(t)
	}
	p.add(path, "%s", unknown("type", name, known))
	return Any
}

// bound reads a number or, for durations, a text such as "5m".
func (p *parser) bound(v any, path string) *bound {
	if n, ok := numberOf(v); ok {
		return &bound{n, fmt.Sprint(v)}
	}
	if s, ok := v.(string); ok {
		if d, ok := engine.ParseDuration(s); ok {
			return &bound{d.Seconds(), s}
		}
	}
	p.add(path, "want a number, got %s", describe(v))
	return nil
}

func (p *parser) enum(f *Field, v any, path string, _ int) {
	list, ok := want[[]any](p, v, path, "a list")
	if ok && len(list) == 0 {
		p.add(path, "want at least one value")
	}
	for i, item := range list {
		switch item := number(item).(type) {
		case string, bool, float64:
			f.Enum = append(f.Enum, item)
		default:
			p.add(fmt.Sprintf("%s[%d]", path, i+1), "want text, a number, true or false, got %s", describe(item))
		}
	}
}

func (p *parser) of(f *Field, v any, path string, depth int) {
	if name, ok := v.(string); ok {
		f.Of = &Field{Type: p.typeName(name, path)}
		return
	}
	if _, ok := want[map[string]any](p, v, path, "a type, or keys such as type and fields"); ok && depth < maxDepth {
		of := p.field(v, path, depth+1)
		f.Of = &of
	}
}

func (p *parser) table(f *Field, v any, path string, depth int) {
	if defs, ok := want[map[string]any](p, v, path, "settings by their names"); ok {
		s := p.schema(defs, path, depth+1)
		f.Fields = &s
	}
}

// consistent checks what no part of a definition shows alone, and brings the default
// and the values of enum into the form of the type.
func (p *parser) consistent(f *Field, path string) {
	if f.Of != nil && f.Type != List && f.Type != Table {
		p.add(join(path, "of"), "only a list and a table have items; the type is %s", f.Type)
	}
	if f.Of != nil && f.Fields != nil {
		p.add(join(path, "of"), "a table has either fields or items of one kind; leave one of them out")
	}
	if f.Fields != nil && f.Type != Table {
		p.add(join(path, "fields"), "only a table has fields; the type is %s", f.Type)
	}
	if f.Min != nil && f.Max != nil && f.Min.value > f.Max.value {
		p.add(join(path, "min"), "is more than max")
	}
	for i, e := range f.Enum {
		plain := Field{Type: f.Type}
		f.Enum[i] = plain.check(e, fmt.Sprintf("%s.enum[%d]", path, i+1), &p.faults)
	}
	if f.Default == nil {
		return
	}
	if f.Required {
		p.add(join(path, "required"), "what is required needs no default; leave one of them out")
	}
	f.Default = f.check(f.Default, join(path, "default"), &p.faults)
}

// number has one form for numbers.
func number(v any) any {
	if n, ok := v.(int64); ok {
		return float64(n)
	}
	return v
}
