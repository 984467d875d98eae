package config

import (
	"reflect"

	"go.yaml.in/yaml/v3"

	"botd/engine"
)

// Settings are an adapter's own part of a session. Only the adapter knows their type,
// so they are kept as written until [Session.DecodeSettings].
type Settings struct {
	at *located
}

// located is a node with what it takes to decode it later. Behind a pointer, because
// printing a value does not follow pointers inside it and the node may hold secrets.
type located struct {
	file string
	node *yaml.Node
	refs *references
}

var settingsType = reflect.TypeFor[Settings]()

// keys are the names that are set, in the order of the file.
func (s Settings) keys() []string {
	var names []string
	if s.at != nil {
		for key := range pairs(s.at.node) {
			names = append(names, key.Value)
		}
	}
	return names
}

// plain is the settings with references looked up, to be compared.
func (s Settings) plain() any {
	if s.at == nil {
		return nil
	}
	d := decoder{fault: func(*yaml.Node, string, ...any) {}, refs: s.at.refs}
	return d.free(s.at.node)
}

// DecodeSettings sets the struct that into points to from the session's settings,
// leaving alone what they do not name. The keys are the struct's `config:"name"` tags;
// fields may be text, numbers, booleans, [time.Duration], [Size], [engine.Secret],
// anything with UnmarshalText, and slices, maps and structs of these. The error has code
// Invalid, and lists everything wrong with file and line; into is then half set.
func (s Session) DecodeSettings(into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return engine.Errorf(engine.Internal, "settings are decoded into %T, which points to no struct", into)
	}
	at := s.Settings.at
	if at == nil {
		return nil
	}
	var found Problems
	d := decoder{file: at.file, fault: found.in(at.file), refs: at.refs}
	d.value(at.node, "settings", v.Elem())
	return found.err()
}

// place is where an entry of a list stands in the file.
type place struct {
	at *located
}

func (p *place) prepare(at *located) { p.at = at }

// node returns that of a key, else that of the entry; nil for an entry of no file.
func (p place) node(key string) *yaml.Node {
	if p.at == nil {
		return nil
	}
	if n := child(p.at.node, key); n != nil {
		return n
	}
	return p.at.node
}

// has reports whether a key is given.
func (p place) has(key string) bool { return p.at != nil && child(p.at.node, key) != nil }

// Errorf makes an error with code Invalid that points at a key of the session, or at the
// session if it lacks the key. It is for faults that only others can see, such as the
// name of an adapter that does not exist.
func (s Session) Errorf(key, format string, args ...any) error { return s.errorf(key, format, args...) }

// Errorf is [Session.Errorf] for a script: a grant or a plugin that does not exist.
func (s Script) Errorf(key, format string, args ...any) error { return s.errorf(key, format, args...) }

func (p place) errorf(key, format string, args ...any) error {
	var found Problems
	file := ""
	if p.at != nil {
		file = p.at.file
	}
	found.in(file)(p.node(key), format, args...)
	return found.err()
}
