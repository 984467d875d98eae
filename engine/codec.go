package engine

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// variants maps the name of each member of a sealed interface to its struct type,
// so that JSON, Lua and the documentation read one list.
type variants[T any] struct {
	what  string
	names []string
	types map[string]reflect.Type
}

func newVariants[T any](what string, name func(T) string, members ...T) variants[T] {
	v := variants[T]{what: what, types: make(map[string]reflect.Type, len(members))}
	for _, m := range members {
		n := name(m)
		if v.types[n] != nil {
			panic(fmt.Sprintf("engine: two %ss named %q", what, n))
		}
		v.names = append(v.names, n)
		v.types[n] = reflect.TypeOf(m)
	}
	return v
}

func (v variants[T]) decode(name string, data []byte) (T, error) {
	var zero T
	t, ok := v.types[name]
	if !ok {
		return zero, Errorf(Invalid, "unknown %s %q", v.what, name)
	}
	p := reflect.New(t)
	if len(data) > 0 {
		if err := json.Unmarshal(data, p.Interface()); err != nil {
			return zero, fmt.Errorf("decode %s %q: %w", v.what, name, err)
		}
	}
	return p.Elem().Interface().(T), nil
}

// zeroes returns the zero value of each member, in the order listed.
func (v variants[T]) zeroes() []T {
	out := make([]T, len(v.names))
	for i, n := range v.names {
		out[i] = reflect.Zero(v.types[n]).Interface().(T)
	}
	return out
}
