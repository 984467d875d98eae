package config

import (
	"fmt"
	"reflect"
	"strings"

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

// On reports whether the file says enabled: true, which a plugin needs to run. An entry of
// no file stands for one that does.
func (s Script) On() bool { return s.Enabled && !s.absent && (s.at == nil || s.has("enabled")) }

// Places tells where the parts of the script's config stand, "config.yaml:12", by paths
// such as "texts[2].when"; "" is the config as a whole.
func (s Script) Places() map[string]string {
	if s.at == nil {
		return nil
	}
	out := map[string]string{}
	for path, n := range nodes(s.node("config")) {
		out[path] = fmt.Sprintf("%s:%d", s.at.file, n.Line)
	}
	return out
}

// ConfigProblem makes a problem that points at a part of the script's config, by a path as
// in [Script.Places]; a part that is not there stands for the one it would be in.
func (s Script) ConfigProblem(path, format string, args ...any) Problem {
	var found Problems
	if s.at == nil {
		found.in("")(nil, format, args...)
	} else {
		found.in(s.at.file)(nearestNode(nodes(s.node("config")), path), format, args...)
	}
	return found[0]
}

// Problem makes a problem that points at the script's entry.
func (s Script) Problem(format string, args ...any) Problem {
	var found Problems
	if s.at == nil {
		found.in("")(nil, format, args...)
	} else {
		found.in(s.at.file)(s.node("name"), format, args...)
	}
	return found[0]
}

// nodes lists a node and all below it by their paths.
func nodes(root *yaml.Node) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	var walk func(n *yaml.Node, path string)
	walk = func(n *yaml.Node, path string) {
		out[path] = n
		switch n.Kind {
		case yaml.MappingNode:
			for key, value := range pairs(n) {
				walk(value, join(path, key.Value))
				out[join(path, key.Value)] = key
			}
		case yaml.SequenceNode:
			for i, item := range n.Content {
				walk(item, fmt.Sprintf("%s[%d]", path, i+1))
			}
		}
	}
	walk(root, "")
	return out
}

// Document is a YAML file that is not the configuration, such as a plugin's manifest.
type Document struct {
	file  string
	nodes map[string]*yaml.Node
}

// Decode reads a YAML file of at most 4 MiB strictly into the struct that into points to,
// whose fields have tags as those of [Session.DecodeSettings]. References are left as they are. The
// error has code Invalid, and [Problems] in its chain.
func Decode(file string, data []byte, into any) (Document, error) {
	var found Problems
	doc := Document{file: file}
	root := parseTree(data, found.in(file))
	if root == nil {
		return doc, found.err()
	}
	d := decoder{file: file, fault: found.in(file), refs: &references{}}
	d.value(root, "", reflect.ValueOf(into).Elem())
	doc.nodes = nodes(root)
	return doc, found.err()
}

// Errorf makes an error with code Invalid that points at a part of the document, by a
// path such as "config.texts[2]"; a part that is not there stands for the one it would be in.
func (d Document) Errorf(path, format string, args ...any) error {
	var found Problems
	found.in(d.file)(nearestNode(d.nodes, path), format, args...)
	return found.err()
}

func nearestNode(nodes map[string]*yaml.Node, path string) *yaml.Node {
	for {
		if n := nodes[path]; n != nil || path == "" {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}
