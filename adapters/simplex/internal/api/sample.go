package api

import "slices"

// sampleDepth is down to which depth optional fields are filled in.
const sampleDepth = 6

// Sample makes an object of the type of a field, as encoding/json decodes it: optional
// fields too near the root, the first variant of unions and values of enums.
func (t *Table) Sample(typ string) any { return t.sample(typ, nil) }

// SampleOf makes an object with a tag: an answer or an event.
func (t *Table) SampleOf(tag string, fields []Field) map[string]any {
	m := t.sampleFields(fields, nil)
	m["type"] = tag
	return m
}

func (t *Table) sample(typ string, above []string) any {
	elem, list, object := element(typ)
	switch {
	case list:
		return []any{t.sample(elem, above)}
	case object:
		return map[string]any{"ann": t.sample(elem, above)}
	}
	known := t.Type(typ)
	if known == nil {
		return basicSample(typ)
	}
	above = append(slices.Clip(above), typ)
	switch known.Kind {
	case "enum":
		return known.Values[0]
	case "union":
		v := known.Variants[0]
		for i := range known.Variants { // one that does not hold itself
			if !t.within(known.Variants[i].Fields, above) {
				v = known.Variants[i]
				break
			}
		}
		m := t.sampleFields(v.Fields, above)
		m["type"] = v.Tag
		return m
	}
	return t.sampleFields(known.Fields, above)
}

// within reports whether a required field is of a type that is being made.
func (t *Table) within(fields []Field, above []string) bool {
	return slices.ContainsFunc(fields, func(f Field) bool {
		elem, _, _ := element(f.Type)
		return !f.Optional && slices.Contains(above, elem)
	})
}

func (t *Table) sampleFields(fields []Field, above []string) map[string]any {
	m := map[string]any{}
	for _, f := range fields {
		elem, list, _ := element(f.Type)
		again := slices.Contains(above, elem)
		switch {
		case f.Optional && (again || len(above) >= sampleDepth):
		case again && list:
			m[f.Name] = []any{}
		default:
			m[f.Name] = t.sample(f.Type, above)
		}
	}
	return m
}

func basicSample(typ string) any {
	switch typ {
	case "bool":
		return true
	case "string":
		return "text"
	case "UTCTime":
		return "2026-01-02T03:04:05.678901234Z"
	case "JSONObject":
		return map[string]any{"key": "value"}
	}
	return 7.0
}
