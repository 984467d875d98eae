package schema

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"botd/engine"
)

// Type is what a setting is.
type Type string

const (
	Text     Type = "text"
	Int      Type = "int"      // a whole number
	Number   Type = "number"   // any number
	Bool     Type = "bool"     // true or false
	Duration Type = "duration" // "90s", "5m", or seconds; it reaches scripts in seconds
	List     Type = "list"
	Table    Type = "table"
	Any      Type = "any"
)

var types = []Type{Text, Int, Number, Bool, Duration, List, Table, Any}

var typeWords = map[Type]string{
	Text: "text", Int: "a whole number", Number: "a number", Bool: "true or false", Duration: `a duration such as "90s" or "5m"`,
	List: "a list", Table: "keys and values", Any: "something",
}

// check returns v as scripts get it.
func (f Field) check(v any, path string, found *faults) any {
	out, ok := f.convert(v, path, found)
	if !ok {
		found.add(path, "%s, got %s", f.wanted(), describe(v))
		return nil
	}
	if size, measured := f.measure(out); measured && (f.Min != nil && size < f.Min.value || f.Max != nil && size > f.Max.value) {
		found.add(path, "%s", f.wanted())
	}
	if len(f.Enum) > 0 && !f.isOneOf(out) {
		found.add(path, "%s", f.wanted())
	}
	return out
}

func (f Field) isOneOf(v any) bool {
	if s, ok := v.(engine.Secret); ok {
		v = s.Reveal()
	}
	for _, e := range f.Enum {
		if e == v {
			return true
		}
	}
	return false
}

// convert brings a value into the form of the type. Text that reads as a number is one:
// what comes from a variable of the environment always is text.
func (f Field) convert(v any, path string, found *faults) (any, bool) {
	if s, ok := v.(engine.Secret); ok && f.Type != Text && f.Type != Any {
		v = s.Reveal()
	}
	switch f.Type {
	case Text:
		return textOf(v)
	case Bool:
		return boolOf(v)
	case Int:
		n, ok := numberOf(v)
		return n, ok && n == math.Trunc(n) && math.Abs(n) <= 1<<53
	case Number:
		n, ok := numberOf(v)
		return n, ok
	case Duration:
		return secondsOf(v)
	case List:
		list, ok := v.([]any)
		return f.list(list, path, found), ok
	case Table:
		m, ok := v.(map[string]any)
		switch {
		case ok && f.Fields != nil:
			m = f.Fields.fill(m, path, found)
		case ok && f.Of != nil:
			m = f.each(m, path, found)
		}
		return m, ok
	}
	return v, true
}

func (f Field) list(list []any, path string, found *faults) []any {
	out := make([]any, len(list))
	for i, item := range list {
		at := fmt.Sprintf("%s[%d]", path, i+1)
		switch {
		case f.Of == nil:
			out[i] = item
		case item == nil:
			found.add(at, "%s, got nothing", f.Of.wanted())
		default:
			out[i] = f.Of.check(item, at, found)
		}
	}
	return out
}

// each checks the values of a table whose keys may be anything. One that is nil is not there.
func (f Field) each(m map[string]any, path string, found *faults) map[string]any {
	out := make(map[string]any, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if v := m[key]; v != nil {
			out[key] = f.Of.check(v, join(path, key), found)
		}
	}
	return out
}

func textOf(v any) (any, bool) {
	switch v := v.(type) {
	case string, engine.Secret:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	}
	return nil, false
}

func boolOf(v any) (any, bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		b, err := strconv.ParseBool(v)
		return b, err == nil
	}
	return nil, false
}

func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case string:
		n, err := strconv.ParseFloat(v, 64)
		return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
	}
	return 0, false
}

func secondsOf(v any) (any, bool) {
	if s, ok := v.(string); ok {
		d, ok := engine.ParseDuration(s)
		return d.Seconds(), ok
	}
	n, ok := numberOf(v)
	return n, ok && n >= 0 && n <= engine.MaxDuration.Seconds()
}

// measure is what the bounds of the field are about.
func (f Field) measure(v any) (size float64, ok bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case string:
		return float64(utf8.RuneCountInString(v)), true
	case engine.Secret:
		return float64(utf8.RuneCountInString(v.Reveal())), true
	case []any:
		return float64(len(v)), true
	}
	return 0, false
}

// wanted says what would do.
func (f Field) wanted() string {
	want := "want " + typeWords[f.Type]
	switch f.Type {
	case Text:
		want += f.between(" of %s", " characters")
	case List:
		if f.Of != nil && f.Of.Type != Any {
			want += " of " + string(f.Of.Type)
		}
		want += f.between(" with %s", " items")
	default:
		want += f.between(" %s", "")
	}
	if len(f.Enum) == 0 {
		return want
	}
	return "want " + OneOf(f.Enum)
}

// OneOf lists values as an error names them.
func OneOf(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
		if s, ok := v.(string); ok {
			words[i] = strconv.Quote(s)
		}
	}
	if n := len(words); n > 1 {
		words[n-2] += " or " + words[n-1]
		words = words[:n-1]
	}
	return strings.Join(words, ", ")
}

func (f Field) between(format, unit string) string {
	var text string
	switch {
	case f.Min != nil && f.Max != nil:
		text = "from " + f.Min.text + " to " + f.Max.text
		if unit != "" {
			text = f.Min.text + " to " + f.Max.text
		}
	case f.Min != nil:
		text = "at least " + f.Min.text
	case f.Max != nil:
		text = "at most " + f.Max.text
	default:
		return ""
	}
	return fmt.Sprintf(format, text) + unit
}

// describe names a value without showing it.
func describe(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case bool:
		return fmt.Sprint(v)
	case int64, float64:
		return fmt.Sprintf("the number %v", v)
	case []any:
		return "a list"
	case map[string]any:
		return "keys and values"
	}
	return "text"
}
