package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"botd/engine"
)

const oneRoom = "sessions: [{name: lobby, adapter: local, rooms: [lobby]}]\n"

const manifest = `name: greeter
version: 1.0.0
description: Greets.
grants: [chat]
config:
  word: {type: text, default: hello, max: 10}
`

func plug(more string) map[string]string {
	return map[string]string{
		"config.yaml":                     oneRoom + "scripts:\n- {name: greeter, enabled: true, grants: [chat]" + more + "}\n",
		"plugins.d/greeter/plugin.yaml":   manifest,
		"plugins.d/greeter/main.lua":      `local w = require "words" bot.command("greet", function(ev) ev:reply(bot.config.word .. w.mark .. bot.generation) end)`,
		"plugins.d/greeter/lib/words.lua": `return {mark = "!"}`,
	}
}

// A plugin comes, changes, breaks and goes as a script does, wherever it runs.
func TestPluginLife(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			d := start(t, plug(", isolation: "+kind))
			ann := d.join("lobby", "ann")
			expect := func(want string) {
				t.Helper()
				d.until(want, func() bool { return strings.HasPrefix(ann.ask("!greet"), want) })
			}
			expect("hello!1")
			d.write("plugins.d/greeter/lib/words.lua", `return {mark = "?"}`)
			expect("hello?")
			d.write("plugins.d/greeter/main.lua", "bot.command('greet', function(ev)\n")
			d.until("the fault is shown", func() bool { e := d.lastFault(); return e != nil && e.File == "greeter/main.lua" && e.Load })
			expect("hello?")
			d.write("plugins.d/greeter/main.lua", `bot.command("greet", function(ev) ev:reply("new " .. bot.config.word) end)`)
			expect("new hello")
			d.write("plugins.d/greeter/plugin.yaml", manifest+"  wrod: 1x\n  x: {type: txt}\n")
			d.until("the fault of the manifest is shown", func() bool {
				e := d.lastFault()
				return e.File == "greeter/plugin.yaml" && e.Line == 8 && len(e.Excerpt) > 0
			})
			expect("new hello")
			if st := d.host.Status(); st.Scripts[0].State != "broken" || !strings.Contains(st.Scripts[0].Problem, "greeter/plugin.yaml:8: config.x.type") {
				t.Errorf("status %+v", st.Scripts)
			}
			d.write("plugins.d/greeter/plugin.yaml", strings.Replace(manifest, "hello", "howdy", 1))
			expect("new howdy")
			d.write("config.yaml", strings.Replace(plug(", isolation: " + kind)["config.yaml"], "enabled: true, ", "", 1))
			d.until("it is off", func() bool { return len(d.host.Status().Scripts) == 0 })
			d.write("config.yaml", plug(", isolation: " + kind)["config.yaml"])
			expect("new howdy")
			if err := os.RemoveAll(filepath.Join(d.dir, "plugins.d/greeter")); err != nil {
				t.Fatal(err)
			}
			d.until("it is gone", func() bool { return len(d.host.Status().Scripts) == 0 })
		})
	}
}

// A plugin that nobody switched on is not run.
func TestPluginsAreOff(t *testing.T) {
	for name, conf := range map[string]string{"no entry": oneRoom, "an entry": oneRoom + "scripts: [{name: greeter, grants: [chat]}]\n"} {
		files := plug("")
		files["config.yaml"] = conf
		d := start(t, files)
		if st := d.host.Status(); len(st.Scripts) != 0 || len(st.Plugins) != 1 || st.Plugins[0].Enabled {
			t.Errorf("%s: %+v", name, st)
		}
		if err := d.host.Reload(t.Context(), "greeter"); engine.CodeOf(err) != engine.Invalid || !strings.Contains(err.Error(), "is off") {
			t.Errorf("%s: reload: %v", name, err)
		}
	}
}

// What a plugin wants it gets when the configuration grants it, and not a moment before.
func TestPluginGrants(t *testing.T) {
	files := plug("")
	files["plugins.d/greeter/plugin.yaml"] = strings.Replace(manifest, "[chat]", "[chat, store]", 1)
	files["plugins.d/greeter/main.lua"] = `bot.command("greet", function(ev) ev:reply("n " .. kv.incr("n")) end)`
	d := start(t, files)
	ann := d.join("lobby", "ann")
	const problem = "version 1.0.0 wants store, which it is not granted; botd plugin grant greeter does so"
	st := d.host.Status()
	if len(st.Scripts) != 1 || st.Scripts[0].State != "failed" || st.Scripts[0].Problem != problem || st.Plugins[0].Withheld[0] != "store" {
		t.Errorf("status %+v, %+v", st.Scripts, st.Plugins)
	}
	if !strings.Contains(d.log.String(), problem) {
		t.Errorf("log\n%s", &d.log)
	}
	if err := d.host.Reload(t.Context(), "greeter"); engine.CodeOf(err) != engine.Denied {
		t.Errorf("reload: %v", err)
	}
	d.write("config.yaml", strings.Replace(files["config.yaml"], "[chat]", "[chat, store, moderate]", 1))
	d.until("it runs", func() bool { return strings.HasPrefix(ann.ask("!greet"), "n ") })

	// A newer version that wants more waits, and the older one serves on.
	d.write("plugins.d/greeter/main.lua", `bot.command("greet", function(ev) ev:reply("newer") end)`)
	d.until("the newer code runs", func() bool { return ann.ask("!greet") == "newer" })
	d.write("plugins.d/greeter/plugin.yaml", strings.NewReplacer("[chat]", "[chat, store, http(api.example.com)]", "1.0.0", "1.1.0").Replace(manifest))
	d.write("plugins.d/greeter/main.lua", `bot.command("greet", function(ev) ev:reply("newest") end)`)
	d.until("it waits", func() bool {
		p := d.host.Status().Plugins[0]
		return p.Running == "1.0.0" && p.Version == "1.1.0" && strings.Contains(p.Problem, "version 1.1.0 wants http(api.example.com)")
	})
	if got := ann.ask("!greet"); got != "newer" {
		t.Errorf("while it waits: %q", got)
	}
	d.write("config.yaml", strings.Replace(files["config.yaml"], "[chat]", "[chat, store, http]", 1))
	d.until("it runs", func() bool { return ann.ask("!greet") == "newest" })
	d.until("it is said to run", func() bool {
		p := d.host.Status().Plugins[0]
		return p.Running == "1.1.0" && p.Problem == ""
	})
}

// What the configuration grants beyond the manifest is not the plugin's, and what it
// takes back is gone at once.
func TestPluginRights(t *testing.T) {
	files := plug("")
	files["config.yaml"] = strings.Replace(files["config.yaml"], "[chat]", "[chat, store]", 1)
	files["plugins.d/greeter/main.lua"] = `bot.command("greet", function(ev) local ok, err = kv.set("a", 1) ev:reply(tostring(err)) end)`
	d := start(t, files)
	ann := d.join("lobby", "ann")
	if got := ann.ask("!greet"); !strings.HasPrefix(got, "denied: ") {
		t.Errorf("a grant that the manifest does not want: %q", got)
	}
	d.write("config.yaml", strings.Replace(files["config.yaml"], "[chat, store]", "[store]", 1))
	d.until("it may not speak", func() bool { return ann.ask("!greet") == "" })
	if p := d.host.Status().Plugins[0]; p.Running != "1.0.0" || len(p.Withheld) != 1 {
		t.Errorf("plugin %+v", p)
	}
}

// Settings are checked before the plugin runs, and the fault names the line.
func TestPluginConfig(t *testing.T) {
	d := start(t, plug(",\n   config: {\n    word: much too long}"))
	e := d.lastFault()
	if e == nil || filepath.Base(e.File) != "config.yaml" || e.Line != 5 || e.Msg != "config.word: want text of at most 10 characters" {
		t.Errorf("fault %+v", e)
	}
	files := plug("")
	files["plugins.d/greeter/plugin.yaml"] = manifest + "botd: \"99.0\"\n"
	if d := start(t, files); d.host.Status().Plugins[0].Running != "1.0.0" { // a version without a number is the newest
		t.Errorf("plugins %+v", d.host.Status().Plugins)
	}
}

// A plugin does not take the place of a script, nor the other way round.
func TestPluginNames(t *testing.T) {
	files := plug("")
	files["scripts/greeter.lua"] = `bot.command("greet", function(ev) ev:reply("script") end)`
	d := start(t, files)
	ann := d.join("lobby", "ann")
	if got := ann.ask("!greet"); got != "script" {
		t.Errorf("got %q", got)
	}
	if p := d.host.Status().Plugins[0]; !strings.Contains(p.Problem, "there is a script of this name") {
		t.Errorf("plugin %+v", p)
	}
	if err := os.Remove(filepath.Join(d.dir, "scripts/greeter.lua")); err != nil {
		t.Fatal(err)
	}
	d.until("the plugin takes over", func() bool {
		_ = d.host.Reload(t.Context(), "greeter")
		return strings.HasPrefix(ann.ask("!greet"), "hello!")
	})
}

// A script's own schema names the line of the configuration too, wherever it runs.
func TestScriptSchema(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		d := start(t, map[string]string{
			"config.yaml":   oneRoom + "scripts:\n- name: a\n  isolation: " + kind + "\n  config:\n    size: 3\n    word: [x]\n",
			"scripts/a.lua": "local s = config.schema{\n  size = {type = 'int', max = 2},\n  word = 'w',\n}",
		})
		e := d.lastFault()
		if e == nil || e.File != "a.lua" || e.Line != 1 || !strings.Contains(e.Msg, "config.yaml:6: config.size: want a whole number at most 2\n") || !strings.Contains(e.Msg, "config.yaml:7: config.word: want text, got a list") {
			t.Errorf("%s: fault %+v", kind, e)
		}
	}
}
