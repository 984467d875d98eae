package luaapi_test

import (
	"strings"
	"testing"

	"botd/engine/script"
	"botd/luaapi/luaapitest"
)

func TestConfigSchema(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"defaults", `local s = config.schema{a = 1, b = "x", c = {type = "duration", default = "2m"}, d = {of = "text", default = {"p", "q"}}} out(s.a, s.b, s.c, #s.d, s.d[2])`, "1 x 120 2 q", ""},
		{"missing", `config.schema{token = {type = "text", required = true}}`, "", `config.yaml, entry test of scripts: config.token: is missing; want text`},
		{"no such type", `config.schema{a = {type = "txt"}}`, "", `config.schema: argument 1 (fields): a.type: there is no such type, did you mean "text"?`},
		{"no table", `config.schema("a")`, "", "config.schema: argument 1 (fields): expected a table"},
		{"a function", `config.schema{a = print}`, "", "config.schema: argument 1 (fields)"},
	})
}

// What is wrong in the configuration keeps the script from loading, and the fault names
// the place.
func TestConfigSchemaPlaces(t *testing.T) {
	const code = `local s = config.schema{list = {of = {type = "int", max = 5}}, n = {type = "number"}}
log.info(s.n)`
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		places := map[string]string{"": "config.yaml:7", "list": "config.yaml:8", "list[2]": "config.yaml:10", "n": "config.yaml:11"}
		load := func(second any) error {
			return b.Load(script.Source{Code: []byte(code), Config: map[string]any{"list": []any{1.0, second}, "n": 2.0}, Places: places})
		}
		if err := load(2.0); err != nil || b.Logs()[0].Msg != "2" {
			t.Errorf("load: %v, log %+v", err, b.Logs())
		}
		err := load(9.0)
		if err == nil || !strings.Contains(err.Error(), "test.lua:1: config.yaml:10: config.list[2]: want a whole number at most 5") {
			t.Errorf("got %v", err)
		}
	})
}
