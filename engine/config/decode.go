package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"botd/engine"
	"botd/engine/nearest"
)

// tag is the key of a field's name in the file, `config:"name"` or
// `config:"name,positive"`. Fields without it are none of the file's business.
const tag = "config"

// decoder fills values from a tree and reports every node that does not fit.
type decoder struct {
	file  string
	fault report
	refs  *references
	// scalars takes the nodes of scalars outside lists by path, "admin.listen", for
	// another layer to override. If nil, scalars are set at once.
	scalars map[string]*yaml.Node
	// hidden takes the paths of texts that came from a reference. May be nil.
	hidden map[string]bool
}

// preparer is an entry of a list that has defaults, or wants to know where it stands.
type preparer interface {
	prepare(at *located)
}

// value sets into from n. An empty value is the same as none: the default stays.
func (d *decoder) value(n *yaml.Node, path string, into reflect.Value) {
	if isNull(n) {
		return
	}
	t := into.Type()
	switch {
	case t == settingsType && n.Kind != yaml.MappingNode:
		d.wrong(n, path, "keys and values")
	case t == settingsType:
		into.Set(reflect.ValueOf(Settings{&located{d.file, n, d.refs}}))
	case isScalar(t):
		d.scalar(n, path, into)
	case t.Kind() == reflect.Struct:
		d.structure(n, path, into)
	case t.Kind() == reflect.Slice:
		d.list(n, path, into)
	case t.Kind() == reflect.Map:
		d.table(n, path, into)
	case t.Kind() == reflect.Pointer:
		if into.IsNil() {
			into.Set(reflect.New(t.Elem()))
		}
		d.value(n, path, into.Elem())
	case t.NumMethod() == 0:
		if x := d.free(n); x != nil {
			into.Set(reflect.ValueOf(x))
		}
	default:
		d.fault(n, "%s: a value of type %s cannot be configured", path, t)
	}
}

func (d *decoder) structure(n *yaml.Node, path string, into reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.wrong(n, path, "keys and values")
		return
	}
	known := fields(into.Type())
	for key, value := range pairs(n) {
		i := slices.IndexFunc(known, func(f field) bool { return f.name == key.Value })
		if i < 0 {
			d.unknown(key, path, known)
			continue
		}
		f, at, field := known[i], join(path, key.Value), into.FieldByIndex(known[i].index)
		switch {
		case isNull(value) || !isScalar(field.Type()):
			d.value(value, at, field)
		case d.scalar(value, at, field) && f.positive && !isPositive(field):
			d.fault(value, "%s: %s", at, notPositive)
		}
	}
}

const notPositive = "must be more than 0; leave the key out for the default"

func isPositive(v reflect.Value) bool {
	switch {
	case v.CanInt():
		return v.Int() > 0
	case v.CanFloat():
		return v.Float() > 0
	}
	return !v.IsZero()
}

func (d *decoder) unknown(key *yaml.Node, path string, known []field) {
	in := ""
	if path != "" {
		in = " in " + path
	}
	names := make([]string, len(known))
	for i, f := range known {
		names[i] = f.name
	}
	d.fault(key, "unknown key %q%s%s", key.Value, in, nearest.HintOrAll(key.Value, names))
}

// list replaces the default as a whole: nobody expects the entries of a list in the
// file to be added to others.
func (d *decoder) list(n *yaml.Node, path string, into reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.wrong(n, path, "a list such as [a, b]")
		return
	}
	inner := *d
	inner.scalars = nil
	out := reflect.MakeSlice(into.Type(), 0, len(n.Content))
	for i, item := range n.Content {
		at := path + "[" + strconv.Itoa(i) + "]"
		if isNull(item) {
			d.fault(item, "%s: the entry is empty; fill it or take it out", at)
			continue
		}
		entry := reflect.New(into.Type().Elem())
		if p, ok := entry.Interface().(preparer); ok {
			p.prepare(&located{d.file, item, d.refs})
		}
		inner.value(item, at, entry.Elem())
		out = reflect.Append(out, entry.Elem())
	}
	into.Set(out)
}

func (d *decoder) table(n *yaml.Node, path string, into reflect.Value) {
	t := into.Type()
	if t.Key().Kind() != reflect.String {
		d.fault(n, "%s: a value of type %s cannot be configured", path, t)
		return
	}
	if n.Kind != yaml.MappingNode {
		d.wrong(n, path, "keys and values")
		return
	}
	inner := *d
	inner.scalars = nil
	out := reflect.MakeMapWithSize(t, len(n.Content)/2)
	for key, value := range pairs(n) {
		item := reflect.New(t.Elem()).Elem()
		inner.value(value, join(path, key.Value), item)
		out.SetMapIndex(reflect.ValueOf(key.Value).Convert(t.Key()), item)
	}
	into.Set(out)
}

// scalar sets into, and reports whether it did.
func (d *decoder) scalar(n *yaml.Node, path string, into reflect.Value) bool {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.wrong(n, path, "one value")
	case into.Kind() == reflect.String && n.Tag == "!!bool":
		d.fault(n, "%s: want text, got %s; put it in quotes if the word is meant", path, n.Value)
	case d.scalars != nil:
		d.scalars[path] = n
	default:
		return d.setScalar(n, path, into)
	}
	return false
}

func (d *decoder) setScalar(n *yaml.Node, path string, into reflect.Value) bool {
	text, ok := d.refs.text(n)
	if !ok {
		return false // reported when the reference was looked up
	}
	if err := setScalar(into, text); err != nil {
		d.fault(n, "%s: %s, got %q", path, err, n.Value)
		return false
	}
	d.hide(n, path, into)
	return true
}

// hide remembers that a text must not be shown. Numbers and the like are no secrets.
func (d *decoder) hide(n *yaml.Node, path string, into reflect.Value) {
	if d.hidden != nil && into.Kind() == reflect.String && d.refs.secret(n) {
		d.hidden[path] = true
	}
}

// free decodes a value without a type of its own to nil, bool, int64, float64, string,
// [engine.Secret] for what came from a reference, []any or map[string]any.
func (d *decoder) free(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for key, value := range pairs(n) {
			m[key.Value] = d.free(value)
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = d.free(item)
		}
		return list
	}
	text, _ := d.refs.text(n)
	if d.refs.secret(n) {
		return engine.Secret(text)
	}
	return d.freeScalar(n, text)
}

func (d *decoder) freeScalar(n *yaml.Node, text string) any {
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(text, "true")
	case "!!int":
		if i, err := strconv.ParseInt(text, 0, 64); err == nil {
			return i
		}
		fallthrough
	case "!!float":
		f, err := parseFloat(strings.ReplaceAll(text, "_", ""), 64)
		if err != nil {
			d.fault(n, "want a finite number, got %s", text)
		}
		return f
	}
	return text
}

func (d *decoder) wrong(n *yaml.Node, path, want string) {
	if path == "" {
		path = "the file"
	}
	d.fault(n, "%s: want %s, got %s", path, want, describe(n))
}

// field is a key of a struct.
type field struct {
	name     string
	index    []int
	positive bool
}

// fields returns the keys of a struct type in their order. Those of embedded structs
// count as its own.
func fields(t reflect.Type) []field {
	var found []field
	for _, f := range reflect.VisibleFields(t) {
		text, ok := f.Tag.Lookup(tag)
		if !ok || !f.IsExported() {
			continue
		}
		name, option, _ := strings.Cut(text, ",")
		found = append(found, field{name: name, index: f.Index, positive: option == "positive"})
	}
	return found
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
