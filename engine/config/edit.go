package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"botd/engine"
	"botd/engine/durable"
)

// Edit changes the entry of a script or plugin in the text of a configuration.
type Edit struct {
	Script string
	Grants []string // added to those that are there
	Enable bool     // enabled: true
}

// EditFile applies an edit to a configuration file, which is made if there is none.
// Comments and the rest of the text stay as they are. A file that cannot be edited so, because it
// has faults or uses anchors there, is left alone; the error then says what to write.
func EditFile(path string, e Edit) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	old, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("read the configuration: %w", err)
	}
	text, err := e.Apply(path, old)
	if err != nil {
		return err
	}
	if err := durable.Replace(path, text, mode); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

// Apply returns the text with the edit. file names it in errors.
func (e Edit) Apply(file string, text []byte) ([]byte, error) {
	want, err := entryOf(file, text, e.Script)
	if err != nil {
		return nil, err
	}
	for _, g := range e.Grants {
		if !slices.Contains(want.Grants, g) {
			want.Grants = append(want.Grants, g)
		}
	}
	want.enabled = want.enabled || e.Enable
	want.entries = max(1, want.entries)
	out := e.splice(text, want.Grants)
	if got, err := entryOf(file, out, e.Script); err != nil || !reflect.DeepEqual(got, want) {
		return nil, engine.Errorf(engine.Unsupported, "%s cannot be edited here; write into its list of scripts:\n  %s", file, e.entry(want.Grants))
	}
	return out, nil
}

// scriptEntry is what an edit changes.
type scriptEntry struct {
	Grants  []string
	enabled bool
	entries int // of that name
	others  any // all else in the file
}

// entryOf reads an entry, and all else so that it can be compared.
func entryOf(file string, text []byte, name string) (scriptEntry, error) {
	var found Problems
	root := parseTree(text, found.in(file))
	if err := found.err(); err != nil {
		return scriptEntry{}, err
	}
	var e scriptEntry
	if root == nil {
		root = &yaml.Node{Kind: yaml.MappingNode}
	}
	d := decoder{fault: func(*yaml.Node, string, ...any) {}, refs: &references{}}
	all, _ := d.free(root).(map[string]any)
	var rest []any
	list, _ := all["scripts"].([]any)
	for _, item := range list {
		entry, _ := item.(map[string]any)
		if entry["name"] != name {
			rest = append(rest, item)
			continue
		}
		e.entries++
		grants, _ := entry["grants"].([]any)
		for _, g := range grants {
			e.Grants = append(e.Grants, fmt.Sprint(g))
		}
		e.enabled, _ = entry["enabled"].(bool)
		delete(entry, "grants")
		delete(entry, "enabled")
		if delete(entry, "name"); len(entry) > 0 {
			rest = append(rest, entry)
		}
	}
	if delete(all, "scripts"); len(rest) > 0 {
		all["scripts"] = rest
	}
	if len(all) > 0 {
		e.others = all
	}
	return e, nil
}

// entry is a whole one, in a line.
func (e Edit) entry(grants []string) string {
	parts := []string{"name: " + quoted(e.Script)}
	if e.Enable {
		parts = append(parts, "enabled: true")
	}
	if len(grants) > 0 {
		parts = append(parts, "grants: "+flow(grants))
	}
	return "- {" + strings.Join(parts, ", ") + "}"
}

func flow(list []string) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = quoted(s)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// quoted is a text as it stands inside a list in brackets.
func quoted(s string) string {
	if s != "" && !strings.ContainsAny(s, ",[]{}#&*!|>'\"%@`: \t") {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// splice writes the edit into the text. What comes out is read again before it is used, so
// this need not know all of YAML.
func (e Edit) splice(text []byte, grants []string) []byte {
	t := &splicer{text: text}
	var doc yaml.Node
	if yaml.Unmarshal(text, &doc) != nil || len(doc.Content) == 0 {
		return t.append("scripts:\n  " + e.entry(grants) + "\n")
	}
	key, list := pairOf(doc.Content[0], "scripts")
	switch {
	case key == nil:
		return t.append("\nscripts:\n  " + e.entry(grants) + "\n")
	case list.Kind == yaml.ScalarNode: // null
		return t.insert(t.endOfLine(key.Line), "\n  "+e.entry(grants))
	case list.Kind != yaml.SequenceNode:
		return text
	}
	for _, item := range list.Content {
		if _, name := pairOf(item, "name"); name != nil && name.Value == e.Script {
			return e.change(t, item, grants)
		}
	}
	switch {
	case len(list.Content) == 0:
		at := t.offset(list)
		end := t.closing(at)
		return slices.Concat(t.text[:at:at], []byte("\n  "+e.entry(grants)), t.text[end:])
	case list.Style&yaml.FlowStyle != 0:
		return t.insert(t.offset(list.Content[0]), strings.TrimPrefix(e.entry(grants), "- ")+", ")
	}
	dash := strings.Repeat(" ", list.Column-1)
	return t.insert(t.endOfLine(key.Line), "\n"+dash+e.entry(grants))
}

// change edits an entry that is there: from its end to its beginning, so that places
// stay right.
func (e Edit) change(t *splicer, entry *yaml.Node, grants []string) []byte {
	type step struct {
		at, end int
		text    string
	}
	var steps []step
	set := func(key, value string) {
		if k, v := pairOf(entry, key); k != nil && v.Kind == yaml.ScalarNode && v.Value == "" {
			at := t.offset(k) + len(key) + 1
			steps = append(steps, step{at, at, " " + value})
			return
		} else if k != nil {
			steps = append(steps, step{t.offset(v), t.endOf(v), value})
			return
		}
		_, name := pairOf(entry, "name")
		at := t.endOf(name)
		sep := ", "
		if entry.Style&yaml.FlowStyle == 0 {
			at, sep = t.endOfLine(name.Line), "\n"+strings.Repeat(" ", entry.Column-1)
		}
		steps = append(steps, step{at, at, sep + key + ": " + value})
	}
	if len(e.Grants) > 0 {
		if _, v := pairOf(entry, "grants"); v != nil && v.Kind == yaml.SequenceNode && v.Style&yaml.FlowStyle == 0 {
			last := v.Content[len(v.Content)-1]
			at := t.endOfLine(last.Line)
			for _, g := range grants[min(len(v.Content), len(grants)):] {
				steps = append(steps, step{at, at, "\n" + strings.Repeat(" ", v.Column-1) + "- " + quoted(g)})
			}
		} else {
			set("grants", flow(grants))
		}
	}
	if e.Enable {
		set("enabled", "true")
	}
	slices.Reverse(steps) // of those at one place the last goes in first
	slices.SortStableFunc(steps, func(a, b step) int { return b.at - a.at })
	out, after := t.text, len(t.text)
	for _, s := range steps {
		if s.at > s.end || s.end > after {
			return t.text // the places are not where they seem to be
		}
		after = s.at
		out = slices.Concat(out[:s.at:s.at], []byte(s.text), out[s.end:])
	}
	return out
}

// pairOf finds a key of a mapping and its value.
func pairOf(n *yaml.Node, name string) (key, value *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for k, v := range pairs(n) {
		if k.Value == name {
			return k, v
		}
	}
	return nil, nil
}

// splicer finds places in a text.
type splicer struct{ text []byte }

func (t *splicer) append(s string) []byte {
	text := bytes.TrimRight(t.text, "\n")
	if len(text) == 0 {
		return []byte(strings.TrimPrefix(s, "\n"))
	}
	return slices.Concat(text, []byte("\n"), []byte(s))
}

func (t *splicer) insert(at int, s string) []byte {
	return slices.Concat(t.text[:at:at], []byte(s), t.text[at:])
}

// line is where a line begins, counted from 1.
func (t *splicer) line(n int) int {
	at := 0
	for ; n > 1; n-- {
		i := bytes.IndexByte(t.text[at:], '\n')
		if i < 0 {
			return len(t.text)
		}
		at += i + 1
	}
	return at
}

func (t *splicer) endOfLine(n int) int {
	at := t.line(n)
	if i := bytes.IndexByte(t.text[at:], '\n'); i >= 0 {
		return at + i
	}
	return len(t.text)
}

// offset is where a node begins. Its column counts characters.
func (t *splicer) offset(n *yaml.Node) int {
	at := t.line(n.Line)
	line := string(t.text[at:t.endOfLine(n.Line)])
	col := 1
	for i := range line {
		if col == n.Column {
			return at + i
		}
		col++
	}
	return at + len(line)
}

// endOf is where a scalar or a list in brackets ends.
func (t *splicer) endOf(n *yaml.Node) int {
	at := t.offset(n)
	switch {
	case n.Kind != yaml.ScalarNode:
		return t.closing(at)
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		return t.quote(at)
	}
	return min(at+len(n.Value), len(t.text))
}

// closing is the place after the bracket that closes the one at a place.
func (t *splicer) closing(at int) int {
	depth := 0
	for i := at; i < len(t.text); i++ {
		switch c := t.text[i]; {
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		case (c == '"' || c == '\'') && i > 0 && strings.IndexByte(" [{,:", t.text[i-1]) >= 0:
			i = t.quote(i) - 1
		case c == '#' && i > 0 && (t.text[i-1] == ' ' || t.text[i-1] == '\n'):
			for i+1 < len(t.text) && t.text[i+1] != '\n' {
				i++
			}
		}
	}
	return len(t.text)
}

// quote is the place after the quote that closes the one at a place.
func (t *splicer) quote(at int) int {
	for i := at + 1; i < len(t.text); i++ {
		switch q := t.text[at]; {
		case t.text[i] == '\\' && q == '"':
			i++
		case t.text[i] == q:
			return i + 1
		}
	}
	return len(t.text)
}
