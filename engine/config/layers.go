package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/viper"

	"botd/engine/nearest"
)

// envPrefix starts the names of all variables that set something.
const envPrefix = "BOTD_"

// setting is a scalar outside a list: one key, in each of the three layers.
type setting struct {
	path     string // "admin.listen"
	value    reflect.Value
	positive bool
}

func (s setting) variable() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.path, ".", "_"))
}

// settings lists the scalars of a struct and of the structs in it.
func settings(v reflect.Value, path string) []setting {
	var found []setting
	for _, f := range fields(v.Type()) {
		value, at := v.FieldByIndex(f.index), join(path, f.name)
		switch {
		case isScalar(value.Type()):
			found = append(found, setting{at, value, f.positive})
		case value.Kind() == reflect.Struct:
			found = append(found, settings(value, at)...)
		}
	}
	return found
}

// merger lays the file over the defaults, and the environment over both.
type merger struct {
	*decoder
	env      environment
	settings []setting
	problems Problems // of variables
}

// merge sets all settings. Viper sees all layers as text, and environ as overrides
// instead of by its AutomaticEnv: that reads the variables of the process behind the
// caller's back, and could not say which of them was wrong.
func (m *merger) merge() {
	v := viper.New()
	file := make(map[string]any)
	for _, s := range m.settings {
		v.SetDefault(s.path, scalarText(s.value))
		if n := m.scalars[s.path]; n != nil {
			if text, ok := m.refs.text(n); ok {
				nest(file, s.path, text)
			}
		}
		if text, ok := m.env.lookup(s.variable()); ok {
			v.Set(s.path, text)
		}
	}
	if err := v.MergeConfigMap(file); err != nil {
		m.problems = append(m.problems, Problem{Msg: err.Error()})
	}
	for _, s := range m.settings {
		m.set(s, v.GetString(s.path))
	}
}

// variables are the names of all that can be set.
func (m *merger) variables() []string {
	names := make([]string, len(m.settings))
	for i, s := range m.settings {
		names[i] = s.variable()
	}
	return names
}

func (m *merger) set(s setting, text string) {
	switch err := setScalar(s.value, text); {
	case err != nil:
		m.faultAt(s.path, "%s, got %q", err, m.written(s, text))
	case s.positive && !isPositive(s.value):
		m.faultAt(s.path, "%s", notPositive)
	}
	if _, set := m.env.lookup(s.variable()); !set && m.scalars[s.path] != nil {
		m.hide(m.scalars[s.path], s.path, s.value)
	}
}

// written is the text of a setting as it may be shown: with references, not their values.
func (m *merger) written(s setting, text string) string {
	if _, ok := m.env.lookup(s.variable()); ok || m.scalars[s.path] == nil {
		return text
	}
	return m.scalars[s.path].Value
}

// faultAt reports a problem with the value of a setting where the value came from.
func (m *merger) faultAt(path, format string, args ...any) {
	s := setting{path: path}
	if _, ok := m.env.lookup(s.variable()); ok {
		var found Problems
		found.in("")(nil, format, args...)
		found[0].Env = s.variable()
		m.problems = append(m.problems, found...)
		return
	}
	m.fault(m.scalars[path], path+": "+format, args...)
}

// nest sets a dotted path in nested maps, the form viper merges.
func nest(m map[string]any, path, text string) {
	head, rest, more := strings.Cut(path, ".")
	if !more {
		m[head] = text
		return
	}
	inner, ok := m[head].(map[string]any)
	if !ok {
		inner = make(map[string]any)
		m[head] = inner
	}
	nest(inner, rest, text)
}

// unknown warns of variables that look like settings and are none. Those of tests, and
// addresses of servers tests may use, are left alone.
func (e environment) unknown(known []string) Problems {
	var found Problems
	for _, name := range slices.Sorted(maps.Keys(e)) {
		forTests := strings.HasPrefix(name, envPrefix+"TEST_") || strings.HasSuffix(name, "_URL")
		if !strings.HasPrefix(name, envPrefix) || forTests || slices.Contains(known, name) {
			continue
		}
		found = append(found, Problem{Env: name, Msg: "no setting has this name" + nearest.Hint(name, known)})
	}
	return found
}
