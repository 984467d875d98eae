package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"botd/engine/nearest"
)

// json writes a value of a type as JSON and checks it on the way: what is required is
// there, of its type, and no name is a slip of another. Names nobody knows pass, since
// a newer program may have sent them.
func (w *writer) json(typ string, v any, path string) error {
	elem, list, object := element(typ)
	switch {
	case list:
		return w.jsonList(elem, v, path)
	case object:
		return w.jsonMap(elem, v, path)
	}
	t := w.table.Type(typ)
	if t == nil {
		return w.basic(typ, v, path)
	}
	if t.Kind == "enum" {
		if s, ok := v.(string); !ok || !slices.Contains(t.Values, s) {
			return w.fault(path, "is %s, want one of %s", show(v), strings.Join(t.Values, ", "))
		}
		return w.any(v, path)
	}
	fields, err := w.fields(t, v, path)
	if err != nil {
		return err
	}
	return w.object(fields, asObject(v), path)
}

// fields are those an object of the type has; a union has its tag in front.
func (w *writer) fields(t *Type, v any, path string) ([]Field, error) {
	m := asObject(v)
	if m == nil {
		return nil, w.fault(path, "is %s, want an object", kindOf(v))
	}
	if t.Kind == "record" {
		return t.Fields, nil
	}
	tag := []Field{{Name: "type", Type: "string"}}
	name, _ := m["type"].(string)
	variant := t.variant(name)
	switch {
	case variant != nil:
		return append(tag, variant.Fields...), nil
	case t.Open && name != "" && name != "unknown":
		return tag, nil
	}
	return nil, w.fault(path+".type", "is %s, want one of %s", show(m["type"]), tags(t))
}

// asObject takes an empty list for an empty object: in Lua they are one.
func asObject(v any) map[string]any {
	if list, ok := v.([]any); ok && len(list) == 0 {
		return map[string]any{}
	}
	m, _ := v.(map[string]any)
	return m
}

func (w *writer) object(fields []Field, m map[string]any, path string) error {
	w.out = append(w.out, '{')
	n := 0
	put := func(name, typ string) error {
		if n > 0 {
			w.out = append(w.out, ',')
		}
		n++
		if err := w.any(name, path); err != nil {
			return err
		}
		w.out = append(w.out, ':')
		return w.json(typ, m[name], path+"."+name)
	}
	for _, f := range fields {
		switch {
		case m[f.Name] != nil:
			if err := put(f.Name, f.Type); err != nil {
				return err
			}
		case !f.Optional:
			return w.fault(path+"."+f.Name, "is missing")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if has(fields, name) || m[name] == nil {
			continue
		}
		if err := w.slip(name, fields, m, path); err != nil {
			return err
		}
		if err := put(name, "any"); err != nil {
			return err
		}
	}
	w.out = append(w.out, '}')
	return nil
}

// slip refuses a name that is probably meant to be that of a field which is not given.
func (w *writer) slip(name string, fields []Field, m map[string]any, path string) error {
	var absent []string
	for _, f := range fields {
		if m[f.Name] == nil {
			absent = append(absent, f.Name)
		}
	}
	if hint := nearest.Hint(name, absent); hint != "" {
		return w.fault(path+"."+name, "is not known%s", hint)
	}
	return nil
}

func (w *writer) jsonList(elem string, v any, path string) error {
	list, ok := v.([]any)
	if m, isMap := v.(map[string]any); isMap && len(m) == 0 {
		ok = true
	}
	if !ok {
		return w.fault(path, "is %s, want a list", kindOf(v))
	}
	w.out = append(w.out, '[')
	for i, item := range list {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.json(elem, item, fmt.Sprintf("%s[%d]", path, i+1)); err != nil {
			return err
		}
	}
	w.out = append(w.out, ']')
	return nil
}

func (w *writer) jsonMap(elem string, v any, path string) error {
	m := asObject(v)
	if m == nil {
		return w.fault(path, "is %s, want an object", kindOf(v))
	}
	fields := make([]Field, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		fields = append(fields, Field{Name: name, Type: elem})
	}
	return w.object(fields, m, path)
}

// basic writes a value of a type that is not in the table.
func (w *writer) basic(typ string, v any, path string) error {
	ok := true
	switch typ {
	case "bool":
		_, ok = v.(bool)
	case "string", "UTCTime":
		_, ok = v.(string)
	case "int", "int64", "word32":
		var n int64
		if n, ok = integer(v); ok {
			w.out = strconv.AppendInt(w.out, n, 10)
			return nil
		}
	case "double":
		ok = kindOf(v) == "a number"
	case "JSONObject":
		m := asObject(v)
		if ok = m != nil; ok {
			v = m
		}
	}
	if !ok {
		return w.fault(path, "is %s, want %s", kindOf(v), typ)
	}
	return w.any(v, path)
}

// any writes what encoding/json can, without the escapes for HTML.
func (w *writer) any(v any, path string) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return w.fault(path, "cannot be written as JSON")
	}
	w.out = append(w.out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
	return nil
}

// integer reads a whole number, exactly.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
			return 0, false
		}
		return int64(v), true
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	}
	return 0, false
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case bool:
		return "true or false"
	case string:
		return "a string"
	case float64, int, int64, json.Number:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "something else"
}

// show is a value for a message: short ones as they are.
func show(v any) string {
	switch v := v.(type) {
	case string:
		if len(v) <= 40 {
			return strconv.Quote(v)
		}
	case float64, int, int64, json.Number:
		return fmt.Sprint(v)
	}
	return kindOf(v)
}
