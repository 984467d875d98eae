package api_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"botd/adapters/simplex/internal/api"
)

func TestTableIsWhole(t *testing.T) {
	table := api.Load()
	if c, e, ty := len(table.Commands), len(table.Events), len(table.Types); c != 59 || e != 51 || ty != 214 {
		t.Errorf("%d commands, %d events, %d types; want 59, 51, 214", c, e, ty)
	}
	later := 0
	for _, c := range table.Commands {
		if c.Later {
			later++
		}
		if c.Doc == "" || c.Group == "" || !slices.Contains([]string{"no", "background", "interactive"}, c.Network) || len(c.Answers) == 0 {
			t.Errorf("%s lacks a description, a group, a use of the network or an answer", c.Name)
		}
		if !strings.HasPrefix(c.Syntax.Literal(), "/") {
			t.Errorf("%s is written %q", c.Name, c.Syntax)
		}
		checkFields(t, c.Name, c.Params)
		for _, a := range c.Answers {
			checkFields(t, a.Tag, a.Fields)
		}
	}
	if later != 12 {
		t.Errorf("%d commands are only in newer programs, want 12", later)
	}
	for _, e := range table.Events {
		if e.Doc == "" || e.Group == "" || e.Since == "" {
			t.Errorf("event %s lacks a description, a group or a version", e.Tag)
		}
		checkFields(t, e.Tag, e.Fields)
	}
	for _, typ := range table.Types {
		checkFields(t, typ.Name, typ.Fields)
		for _, v := range typ.Variants {
			checkFields(t, typ.Name+"."+v.Tag, v.Fields)
		}
	}
}

// checkFields expects every type that is named to be there.
func checkFields(t *testing.T, where string, fields []api.Field) {
	t.Helper()
	basic := []string{"bool", "string", "UTCTime", "int", "int64", "word32", "double", "JSONObject"}
	for _, f := range fields {
		name := f.Type
		for _, cut := range []string{"[", "{string:"} {
			name = strings.TrimPrefix(name, cut)
		}
		name = strings.TrimRight(name, "]}")
		if f.Name == "" || !slices.Contains(basic, name) && api.Load().Type(name) == nil {
			t.Errorf("%s: field %q is of type %q, which is not there", where, f.Name, f.Type)
		}
	}
}

// TestSamplesAreOfTheirTypes holds what Sample makes to the checks of what is sent.
func TestSamplesAreOfTheirTypes(t *testing.T) {
	for _, typ := range api.Load().Types {
		sample := api.Load().Sample(typ.Name)
		if _, err := api.WriteJSON(typ.Name, sample); err != nil {
			t.Errorf("%s: %v", typ.Name, err)
		}
		b, err := json.Marshal(sample)
		if err != nil || len(b) > 64<<10 {
			t.Errorf("%s: a sample of %d bytes, %v", typ.Name, len(b), err)
		}
	}
}
