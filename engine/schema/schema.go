// Package schema says what a table of settings may hold: it checks one against that and
// fills in defaults. Plugins have theirs in plugin.yaml, scripts in config.schema.
//
// What comes in and goes out is plain data: nil, bool, int64, float64, string,
// [engine.Secret], []any and map[string]any.
package schema

import (
	"fmt"
	"maps"
	"slices"

	"botd/engine/nearest"
)

// Schema lists the fields of a table, sorted by name.
type Schema []Field

// Field is one setting.
type Field struct {
	Name     string  `json:"name,omitempty"`
	Type     Type    `json:"type"`
	Help     string  `json:"help,omitempty"`
	Required bool    `json:"required,omitempty"`
	Default  any     `json:"default,omitempty"` // checked; nil for none
	Min      *bound  `json:"min,omitempty"`     // of a number, of seconds, of the characters of a text, of the items of a list
	Max      *bound  `json:"max,omitempty"`
	Enum     []any   `json:"enum,omitempty"`   // nothing else will do
	Of       *Field  `json:"of,omitempty"`     // what the items of a list are, or of a table, whatever their keys; nil for anything
	Fields   *Schema `json:"fields,omitempty"` // what is in a table; nil for anything
}

// A bound is a number, as it was written.
type bound struct {
	value float64
	text  string
}

func (b *bound) MarshalText() ([]byte, error) { return []byte(b.text), nil }

// Problem is one thing wrong with a schema or with settings.
type Problem struct {
	Path string // "texts[2].when"; "" is the whole
	Msg  string // what is wrong and what cures it, without the value, which may be secret
}

func (p Problem) String() string {
	if p.Path == "" {
		return p.Msg
	}
	return p.Path + ": " + p.Msg
}

// faults collects problems.
type faults []Problem

func (f *faults) add(path, format string, args ...any) {
	*f = append(*f, Problem{path, fmt.Sprintf(format, args...)})
}

// names lists the fields.
func (s Schema) names() []string {
	names := make([]string, len(s))
	for i, f := range s {
		names[i] = f.Name
	}
	return names
}

// Fill checks settings and returns a copy with the defaults filled in. A nil in values is
// the same as none.
func (s Schema) Fill(values map[string]any) (map[string]any, []Problem) {
	var found faults
	out := s.fill(values, "", &found)
	return out, found
}

func (s Schema) fill(values map[string]any, path string, found *faults) map[string]any {
	out := make(map[string]any, len(s))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.ContainsFunc(s, func(f Field) bool { return f.Name == name }) {
			found.add(join(path, name), "%s", unknown("setting", name, s.names()))
		}
	}
	for _, f := range s {
		v := values[f.Name]
		switch {
		case v != nil:
			out[f.Name] = f.check(v, join(path, f.Name), found)
		case f.Required:
			found.add(join(path, f.Name), "is missing; %s", f.wanted())
		case f.Default != nil:
			out[f.Name] = clone(f.Default)
		case f.Fields != nil: // so that the defaults in it are there
			if inner := f.Fields.fill(nil, join(path, f.Name), &faults{}); len(inner) > 0 {
				out[f.Name] = inner
			}
		}
	}
	return out
}

func unknown(what, name string, known []string) string {
	return "there is no such " + what + nearest.HintOrAll(name, known)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// clone keeps a default from being changed by whoever got it.
func clone(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = clone(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = clone(v[k])
		}
		return out
	}
	return v
}
