package luaapi

import (
	"fmt"
	"strings"

	"botd/engine/schema"
	"botd/engine/script"
)

// config checks what stands under config: in the script's entry of config.yaml.
var configModule = script.Module{Name: "config", Members: []script.Member{script.Plain("schema", configSchema)}}

type schemaArgs struct {
	Fields map[string]any `lua:"fields"` // by the name of each setting its default, or a table with type, default, required, min, max, enum, of, fields, help
}

// configSchema says what the script's settings are, checks those of config.yaml, and
// returns them with the defaults filled in. If one is wrong the script does not load, and the
// fault names the line. Types are text, int, number, bool, duration (which comes in seconds), list,
// table and any; of is what the items of a list, or of a table with any keys, are, fields what is in a table.
//
//	local settings = config.schema{
//	  greeting = "Hello, {name}!",
//	  pause = {type = "duration", default = "5s", max = "1h"},
//	  volume = {enum = {"loud", "quiet"}, default = "quiet"},
//	  words = {type = "list", of = "text"},
//	}
//	bot.command("hello", function(ev)
//	  ev:reply(text.tpl(settings.greeting, {name = ev.user.name}) .. " " .. settings.pause)
//	end)
//	-- ann: !hello
//	-- botd: Hello, ann! 5
func configSchema(c *script.Call, a schemaArgs) map[string]any {
	s, problems := schema.Parse(a.Fields)
	if len(problems) > 0 {
		c.BadArg("fields", "%s", problems[0])
	}
	me := c.Script()
	filled, problems := s.Fill(me.Config)
	if len(problems) > 0 {
		lines := make([]string, len(problems))
		for i, p := range problems {
			lines[i] = fmt.Sprintf("%s: config.%s", placeOf(me, p.Path), p)
		}
		c.Raise("%s", strings.Join(lines, "\n"))
	}
	return filled
}

// placeOf is where a setting stands, or the one that it should be in.
func placeOf(me script.Script, path string) string {
	for {
		if at := me.Places[path]; at != "" {
			return at
		}
		if path == "" {
			return "config.yaml, entry " + me.Name + " of scripts"
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}
