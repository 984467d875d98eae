package config

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strconv"

	"go.yaml.in/yaml/v3"

	"botd/engine"
)

const hiddenText = "[secret]"

// String is the configuration in effect as YAML. It is one that can be loaded, but for
// secrets, which are hidden, and settings, of which only the keys are shown: which of
// their values are secrets is known to the adapter alone.
func (c Config) String() string {
	b, err := yaml.Marshal(c.view())
	if err != nil {
		return "config: " + err.Error()
	}
	return string(b)
}

// Format makes all verbs print String: %#v would show what must not be shown.
func (c Config) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }

func (c Config) MarshalJSON() ([]byte, error) { return json.Marshal(c.view()) }
func (c Config) MarshalYAML() (any, error)    { return c.view(), nil }
func (c Config) LogValue() slog.Value         { return slog.AnyValue(c.view()) }

func (c Config) view() any {
	return viewer(c.hidden).view(reflect.ValueOf(c), "")
}

// viewer turns values into maps, lists and scalars under the names of the file. It is
// the set of paths to hide.
type viewer map[string]bool

func (h viewer) view(v reflect.Value, path string) any {
	switch x := v.Interface().(type) {
	case engine.Secret:
		return x.String()
	case Settings:
		return x.keys()
	}
	if h[path] {
		return hiddenText
	}
	switch {
	case isScalar(v.Type()):
		return viewScalar(v)
	case v.Kind() == reflect.Struct:
		return h.structure(v, path)
	case v.Kind() == reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = h.view(v.Index(i), path+"["+strconv.Itoa(i)+"]")
		}
		return list
	case v.Kind() == reflect.Map:
		m := make(map[string]any, v.Len())
		for key, value := range v.Seq2() {
			m[key.String()] = h.view(value, join(path, key.String()))
		}
		return m
	case v.IsNil():
		return nil
	}
	return h.view(v.Elem(), path)
}

func (h viewer) structure(v reflect.Value, path string) any {
	m := make(map[string]any)
	for _, f := range fields(v.Type()) {
		value := v.FieldByIndex(f.index)
		unset := f.positive && value.IsZero() ||
			(value.Kind() == reflect.Slice || value.Kind() == reflect.Map) && value.IsNil()
		if s, ok := value.Interface().(Settings); unset || ok && s.at == nil {
			continue
		}
		m[f.name] = h.view(value, join(path, f.name))
	}
	return m
}

// viewScalar keeps numbers and booleans, so that JSON has them as such.
func viewScalar(v reflect.Value) any {
	switch v.Interface().(type) {
	case fmt.Stringer:
		return scalarText(v)
	}
	switch {
	case v.Kind() == reflect.Bool:
		return v.Bool()
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return v.Uint()
	case v.CanFloat():
		return v.Float()
	}
	return scalarText(v)
}
