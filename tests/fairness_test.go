package tests

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"botd/engine/host"
)

// flood is a script that does as much as it can without being stopped for it.
type flood struct {
	name, code string
	scripts    int // how many of them
}

const busy = `for i = 1, 100 do bot.spawn(function() while true do for i = 1, 200000 do end sleep(0.02) end end) end`

// floods are the ways to keep botd busy.
var floods = []flood{
	{name: "nothing"},
	// A hundred tasks that use the time they have, and rest until they have some again.
	{"busy", busy, 1},
	{"four-busy", busy, 4},
	{"allocating", `for i = 1, 100 do bot.spawn(function() while true do local t = {} for i = 1, 10000 do t[i] = {i} end sleep(0.02) end end) end`, 1},
	{"deep", `
		local function deep(n)
		  if n == 0 then return "" end
		  return tostring(setmetatable({}, {__tostring = function() return deep(n - 1) end}))
		end
		for i = 1, 100 do bot.spawn(function() while true do pcall(deep, 60) sleep(0.01) end end) end`, 1},
	{"log", `for i = 1, 20 do bot.spawn(function() while true do for i = 1, 1000 do log.info("flood") end sleep(0.01) end end) end`, 1},
	{"emit", `for i = 1, 20 do bot.spawn(function() while true do for i = 1, 1000 do bot.emit("flood.it", {1, 2, 3}) end sleep(0.01) end end) end
		bot.on("flood.it", function() end)`, 1},
	{"mailbox", `bot.on("flood.it", function() for i = 1, 100000 do end end)
		every(0.01, function() for i = 1, 100 do bot.emit("flood.it") end end)`, 1},
	{"says", `for i = 1, 20 do bot.spawn(function() while true do for i = 1, 100 do bot.room("lobby/attic"):say("flood") end sleep(0.01) end end) end`, 1},
	{"kv", `for i = 1, 100 do bot.spawn(function() while true do kv.set("k" .. i, {i, ("x"):rep(1000)}) kv.incr("n") kv.get("k" .. i) kv.delete("k" .. i) end end) end`, 1},
	{"tasks", `for i = 1, 10 do bot.spawn(function() while true do for k = 1, 50 do bot.spawn(function() sleep(0.02) end) end sleep(0.02) end end) end`, 1},
	{"subscriptions", `for i = 1, 9000 do bot.on("message", {users = {"nobody"}, rooms = {}}, function() end) end
		for i = 1, 900 do bot.on("message", {text = "a-b-c-d-e-" .. i}, function() end) end`, 1},
	{"timers", `for i = 1, 2000 do every(0.01, function() end) end`, 1},
}

func (f flood) hostile() (out []*hostile) {
	for i := range f.scripts {
		out = append(out, &hostile{name: "flood" + strconv.Itoa(i), code: f.code, limits: "memory: 256MiB"})
	}
	return out
}

// Beside each flood, in the room of its answers too, another script gets every event, in
// order.
func TestNoEventIsLostBeside(t *testing.T) {
	const counter = `
		local next, wrong = 1, "none"
		bot.on("message", function(ev)
			local n = tonumber(ev.text:match("^line (%d+)$"))
			if not n then return end
			if n ~= next and wrong == "none" then wrong = ("%d instead of %d"):format(n, next) end
			next = n + 1
		end)
		bot.command("count", function(ev) ev:reply(("%d lines, wrong: %s"):format(next - 1, wrong)) end)`
	const lines = 500
	own := flood{"answers-in-the-same-room", `for i = 1, 20 do bot.spawn(function() while true do for k = 1, 100 do bot.room("lobby/lobby"):say("flood") end sleep(0.01) end end) end`, 1}
	for _, f := range append(slices.Clone(floods[1:]), own) {
		t.Run(f.name, func(t *testing.T) {
			scripts := f.hostile()
			a := newArena(t, scripts)
			a.write("scripts/counter.lua", counter)
			a.until("the counter runs", func() bool { st, ok := a.script("counter"); return ok && st.Generation > 0 })
			for _, h := range scripts {
				a.install(h)
			}
			for i := range lines {
				a.eve.say("line %d", i+1)
			}
			a.eve.say("!count")
			want := fmt.Sprintf("%d lines, wrong: none", lines)
			a.until("the counter has answered", func() bool { return a.ann.heardLike(" lines, wrong: ") })
			if !a.ann.has(want) {
				t.Errorf("want %q\n%s", want, a.outcome(&hostile{name: "counter"}))
			}
			for _, name := range []string{"counter", "innocent"} {
				if st, _ := a.script(name); st.Dropped > 0 || st.Errors > 0 {
					t.Errorf("%s: %+v", name, st)
				}
			}
		})
	}
}

func (g *guest) heardLike(part string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.ContainsFunc(g.heard, func(line string) bool { return strings.Contains(line, part) })
}

// A script that is stopped again and again is suspended. Those who look see it, and a save
// or a reload lifts it at once.
func TestSuspensionIsSeenAndLifted(t *testing.T) {
	for _, way := range []string{"save", "reload", "reload of all"} {
		t.Run(way, func(t *testing.T) {
			const code = `
				bot.command("loop", function() while true do end end)
				bot.command("hi", function(ev) ev:reply("hi " .. bot.generation) end)`
			d := start(t, map[string]string{
				"config.yaml":      "sessions: [{name: lobby, adapter: local, rooms: [lobby]}]\nlimits: {steps: 100000}\n",
				"scripts/loop.lua": code,
			})
			tail := d.host.Tail()
			defer tail.Close()
			ann := d.join("lobby", "ann")
			suspended := func() bool { return d.host.Status().Scripts[0].State == "suspended" }
			for !suspended() {
				ann.ask("!loop")
			}
			if st := d.host.Status().Scripts[0]; st.Until.IsZero() || !strings.Contains(st.Problem, "stopped by a limit") {
				t.Errorf("status %+v", st)
			}
			var note host.Note
			for !strings.HasPrefix(note.Text, "suspended for 10s") {
				note = <-tail.Notes
			}
			if note.Error == nil || !strings.Contains(note.Error.Hint, "botd reload loop") {
				t.Errorf("tail %+v", note)
			}
			if got := ann.ask("!hi"); got != "" {
				t.Errorf("it answers: %q", got)
			}
			switch way {
			case "save":
				d.write("scripts/loop.lua", code+" -- mended")
				d.until("the save is live", func() bool { return d.host.Status().Scripts[0].Generation == 2 })
			case "reload":
				if err := d.host.Reload(context.Background(), "loop"); err != nil {
					t.Fatal(err)
				}
			default:
				if err := d.host.Reload(context.Background(), ""); err != nil {
					t.Fatal(err)
				}
			}
			if got := ann.ask("!hi"); got != "hi 2" || suspended() {
				t.Errorf("afterwards: %q, %+v", got, d.host.Status().Scripts[0])
			}
		})
	}
}
