package tests

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/host"
)

// lab is a script with a command that runs Lua and answers what it returns.
const lab = `
local tests = {}
local function show(v)
  if type(v) ~= "table" then return tostring(v) end
  return json.encode(v)
end
local function ns() return kv.ns("votes/") end
CASES
bot.command("case", function(ev)
  local ok, a, b = pcall(tests[tonumber(ev.words[2])])
  ev:reply(tostring(ok) .. " " .. show(a) .. (b ~= nil and " " .. show(b) or ""))
end)`

func TestKV(t *testing.T) {
	cases := []struct{ code, want string }{
		{`return kv.get("a"), kv.get("a", "none")`, "true nil none"},
		{`return kv.set("a", {x = {1, 2}, s = "\255\0", e = json.array()}), kv.get("a").s == "\255\0"`, "true true true"},
		{`local v = kv.get("a") v.s = nil return v`, `true {"e":[],"x":[1,2]}`},
		{`return kv.incr("n"), kv.incr("n", 2.5)`, "true 1 3.5"},
		{`local n, err = kv.incr("a") return n, err.code`, "true nil invalid"},
		{`return kv.update("n", function(old) return old * 2 end), kv.get("n")`, "true 7 7"},
		{`return kv.update("n", function() end), kv.get("n", "gone")`, "true nil gone"},
		{`return kv.update("n", function() error("no", 0) end)`, "false no"},
		{`local v, err = kv.update("n", function() return print end) return v, err.code`, "true nil invalid"},
		{`kv.set("votes/ann", 2) kv.set("votes/bob", 7) kv.set("votes/x", "y") return ns():get("bob"), #kv.scan("votes/")`, "true 7 3"},
		{`return ns():top("", 5)`, `true [{"key":"bob","value":7},{"key":"ann","value":2}]`},
		{`return kv.scan("votes/", {limit = 1, desc = true, after = "votes/x"})`, `true [{"key":"votes/bob","value":7}]`},
		{`return kv.ns("vo"):ns("tes/"):scan("", {limit = 1})`, `true [{"key":"ann","value":2}]`},
		{`return kv.delete("votes/ann"), kv.get("votes/ann")`, "true true"},
		{`return kv.set("t", 1, {ttl = "1h"}), kv.get("t")`, "true true 1"},
		{`kv.set("t", 1, {ttl = 0.02}) sleep(0.05) return kv.get("t", "gone")`, "true gone"},
		{`kv.set("t", 1, {ttl = 0.02}) kv.set("t", 2) sleep(0.05) return kv.get("t", "gone")`, "true 2"},
		{`return kv.set("t", nil)`, "false kv.lua:3: kv.set: argument 2 (value): expected plain data, got nil; to remove a key there is delete"},
		{`local v, err = kv.set(("k"):rep(257), 1) return v, err.message`, "true nil a key has 1 to 256 bytes, not 257"},
		{`local v, err = kv.set("big", ("x"):rep(70000)) return v, err.code`, "true nil quota"},
		{`local v, err = shared.get("a") return v, err.message`, `true nil script "kv" may not use the shared store: add "shared" to its grants in config.yaml (scripts: - name: kv, grants: [chat, store, shared, cron, http, emit])`},
	}
	var code strings.Builder
	for i, c := range cases {
		fmt.Fprintf(&code, "tests[%d] = function() %s end ", i+1, c.code)
	}
	d := start(t, map[string]string{"scripts/kv.lua": strings.Replace(lab, "CASES\n", code.String()+"\n", 1)})
	ann := d.join("lobby", "ann")
	for i, c := range cases {
		got := ann.ask(fmt.Sprintf("!case %d", i+1))
		if at := strings.Index(got, "kv.lua:"); at >= 0 && !strings.Contains(got, "config.yaml") { // the line does not matter
			got = got[:at] + "kv.lua:3:" + got[at+strings.Index(got[at+7:], ":")+8:]
		}
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.code, got, c.want)
		}
	}
}

// A key that is to end goes on to its end, however often its value changes; a value set
// anew stays.
func TestChangedValuesStillEnd(t *testing.T) {
	d := start(t, map[string]string{"scripts/kv.lua": `
		bot.command("go", function(ev)
			for _, key in ipairs{"update", "incr", "set"} do kv.set(key, 1, {ttl = "1h"}) end
			kv.update("update", function(n) return n + 1 end)
			kv.incr("incr")
			kv.set("set", 2)
			ev:reply("gone")
		end)`})
	if got := d.join("lobby", "ann").ask("!go"); got != "gone" {
		t.Fatalf("%q\n%s", got, &d.log)
	}
	for key, ends := range map[string]bool{"update": true, "incr": true, "set": false} {
		v, err := d.host.Stored(t.Context(), "kv", key)
		if err != nil || string(v.Value) != "2" || v.Expires.IsZero() == ends {
			t.Errorf("%s: %+v, %v", key, v, err)
		}
	}
}

// What a script may store is for the operator to say, and what it has over it is not lost.
func TestStoreLimits(t *testing.T) {
	const script = `bot.on("message", {not_from_bots = true}, function(ev)
  local part = ev.words[1] == "kv" and kv or shared
  local ok, err = part.set(ev.words[2], ("x"):rep(tonumber(ev.words[3])))
  ev:reply("NAME " .. (ok and "stored" or err.code .. ": " .. err.message))
end)`
	files := map[string]string{"config.yaml": `limits: {store_keys: 2, store_size: 2KiB, store_value: 1KiB}
sessions: [{name: lobby, adapter: local, rooms: [lobby]}]
scripts:
- {name: a, grants: [chat, store, shared]}
- {name: b, grants: [chat, store, shared], limits: {store_keys: 3, store_size: 1MiB, store_value: 500KiB}}
`, "scripts/a.lua": strings.ReplaceAll(script, "NAME", "a"), "scripts/b.lua": strings.ReplaceAll(script, "NAME", "b")}
	d := start(t, files)
	ann := d.join("lobby", "ann")
	const cure = "; remove some, or raise limits.store_keys and limits.store_size in config.yaml"
	const keys, size = "quota: that would be more than %d keys" + cure, "quota: that would be more than 2 KiB of keys and values" + cure
	const value = "quota: the value has 2 KiB, more than 1 KiB; raise limits.store_value in config.yaml to allow it"
	for _, c := range []struct{ line, a, b string }{
		{"kv one 1000", "stored", "stored"},
		{"kv two 1100", value, "stored"},
		{"kv two 1020", "stored", "stored"},
		{"kv one 1021", size, "stored"},
		{"kv three 0", fmt.Sprintf(keys, 2), "stored"},
		{"kv four 0", fmt.Sprintf(keys, 2), fmt.Sprintf(keys, 3)},
		{"shared one 1022", "stored", "stored"},
		{"shared two 1020", size, size},
		{"shared one 2000", value, value},
		{"kv one 0", "stored", "stored"},
	} {
		if got, want := ann.ask(c.line), "a "+c.a+" | b "+c.b; got != want {
			t.Errorf("%s\n got %s\nwant %s (%s)", c.line, got, want, d.fault())
		}
	}
}

// Updates of several scripts in the shared store meet, and none is lost; what was
// acknowledged is there after a restart.
func TestSharedStore(t *testing.T) {
	const script = `bot.on("message", {not_from_bots = true}, function(ev)
  if ev.text == "go" then
    for i = 1, 20 do
      shared.incr("incr")
      shared.update("update", function(old) sleep(0.0001) return (old or 0) + 1 end)
      kv.incr("own")
    end
  elseif ev.text == "sum" then ev:reply(shared.get("incr") .. " " .. shared.get("update") .. " " .. kv.get("own")) end
end)`
	files := map[string]string{"config.yaml": `sessions: [{name: lobby, adapter: local, rooms: [lobby]}]
scripts: [{name: a, grants: [chat, store, shared]}, {name: b, grants: [chat, store, shared]}]
`, "scripts/a.lua": script, "scripts/b.lua": script}
	d := start(t, files)
	ann := d.join("lobby", "ann")
	ann.ask("go")
	if got := ann.ask("sum"); got != "40 40 20 | 40 40 20" {
		t.Errorf("got %q (%s)", got, d.fault())
	}
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	d = startIn(t, d.dir, files)
	ann = d.join("lobby", "ann")
	if got := ann.ask("sum"); got != "40 40 20 | 40 40 20" {
		t.Errorf("after a restart %q (%s)", got, d.fault())
	}
}

// The operator sees and changes what scripts stored, and a backup brings it back.
func TestOperatorsOfTheStore(t *testing.T) {
	d := start(t, map[string]string{"scripts/a.lua": `bot.command("get", function(ev) ev:reply(json.encode(kv.scan())) end)
bot.command("set", function(ev) kv.set("\255", ev.words[2]) end)`})
	ann := d.join("lobby", "ann")
	ann.ask("!set one")
	if v, err := d.host.Stored(t.Context(), "a", "\xff"); err != nil || string(v.Value) != `"one"` {
		t.Errorf("stored %v, %v", v, err)
	}
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := d.host.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.host.RemoveStored(t.Context(), "a", "\xff"), d.host.PutStored(t.Context(), []host.StoredValue{{Part: "a", Key: "k", Value: []byte("[1]")}})); err != nil {
		t.Fatal(err)
	}
	if got := ann.ask("!get"); got != `[{"key":"k","value":[1]}]` {
		t.Errorf("after the operator's changes: %s", got)
	}
	if err := d.host.Restore(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if list, err := d.host.ListStored(t.Context(), "a", "", ""); err != nil || len(list) != 1 || list[0].Key != "\xff" || string(list[0].Value) != `"one"` {
		t.Errorf("restored %v, %v", list, err)
	}
	if err := d.host.Restore(t.Context(), filepath.Join(d.dir, "config.yaml")); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("restored from no backup: %v", err)
	}
}
