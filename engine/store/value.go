package store

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"botd/engine"
)

// Values of scripts are JSON, which everybody can read. What JSON cannot hold has a
// form of its own: a text that is not UTF-8 is {"$bytes": base64}; a table with names
// that are not, or that could be taken for such a form, is {"$pairs": [[name, value], …]}.
const (
	bytesForm = "$bytes"
	pairsForm = "$pairs"
)

// Encode writes plain data: nil, bool, float64, string, []any and map[string]any.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(form(v)); err != nil {
		return nil, engine.Errorf(engine.Invalid, "it cannot be stored: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func form(v any) any {
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) {
			return map[string]any{bytesForm: base64.StdEncoding.EncodeToString([]byte(v))}
		}
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = form(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		plain := true
		for name, e := range v {
			out[name] = form(e)
			plain = plain && utf8.ValidString(name) && !strings.HasPrefix(name, "$")
		}
		if plain {
			return out
		}
		pairs := make([]any, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			pairs = append(pairs, []any{form(name), out[name]})
		}
		return map[string]any{pairsForm: pairs}
	}
	return v
}

// Decode reads what Encode wrote.
func Decode(b []byte) (any, error) {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, engine.Errorf(engine.Internal, "the stored value is no JSON: %w", err)
	}
	return unform(v), nil
}

func unform(v any) any {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			v[i] = unform(e)
		}
	case map[string]any:
		if text, ok := v[bytesForm].(string); ok && len(v) == 1 {
			if b, err := base64.StdEncoding.DecodeString(text); err == nil {
				return string(b)
			}
		}
		if pairs, ok := v[pairsForm].([]any); ok && len(v) == 1 {
			return unpair(pairs)
		}
		for name, e := range v {
			v[name] = unform(e)
		}
	}
	return v
}

func unpair(pairs []any) map[string]any {
	out := make(map[string]any, len(pairs))
	for _, p := range pairs {
		if p, ok := p.([]any); ok && len(p) == 2 {
			if name, ok := unform(p[0]).(string); ok {
				out[name] = unform(p[1])
			}
		}
	}
	return out
}
