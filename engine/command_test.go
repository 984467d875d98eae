package engine_test

import (
	"strings"
	"testing"

	"botd/engine"
)

func TestCommandCheck(t *testing.T) {
	cmd := engine.Command{Name: "kick", Params: []engine.Param{
		{Name: "nick", Type: "string|array"},
		{Name: "to", Type: "string", Optional: true},
		{Name: "quiet", Type: "boolean", Optional: true},
		{Name: "level", Type: "number", Optional: true},
		{Name: "what", Optional: true},
	}}
	tests := []struct {
		name   string
		params map[string]any
		want   string // part of the error, "" for none
	}{
		{"least", map[string]any{"nick": "ann"}, ""},
		{"the other type", map[string]any{"nick": []any{"ann", "bob"}}, ""},
		{"all", map[string]any{"nick": "ann", "to": "x", "quiet": true, "level": 3.0, "what": map[string]any{}}, ""},
		{"whole numbers", map[string]any{"nick": "ann", "level": int64(3)}, ""},
		{"missing", map[string]any{"to": "x"}, `kick needs the parameter "nick"`},
		{"none at all", nil, `kick needs the parameter "nick"`},
		{"unknown", map[string]any{"nick": "ann", "nik": "x"}, `kick has no parameter "nik"; it has nick, to, quiet, level, what`},
		{"wrong type", map[string]any{"nick": 3.0}, "parameter nick of kick is of type number, want string or array"},
		{"null", map[string]any{"nick": nil}, "parameter nick of kick is of type null"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := cmd.Check(tt.params)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v, want no error", err)
			case tt.want != "" && (engine.CodeOf(err) != engine.Invalid || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want invalid: %s", err, tt.want)
			}
		})
	}
	none := engine.Command{Name: "stats"}
	if err := none.Check(map[string]any{"x": 1.0}); err == nil || !strings.Contains(err.Error(), "it has none") {
		t.Errorf("a parameter of a command without any: %v", err)
	}
}
