package tests

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"botd/engine/isolate"
	"botd/engine/script"
	"botd/luaapi"
)

// Scripts with isolation: process run in this program too, and daemons with a local network
// that are killed.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 1 && os.Args[1] == "worker":
		os.Exit(isolate.Worker(luaapi.New()))
	case len(os.Args) > 2 && os.Args[1] == "local":
		os.Exit(localProcess(os.Args[2]))
	}
	code := m.Run()
	_ = os.RemoveAll(programDir) // nothing if it is empty
	os.Exit(code)
}

func withIsolation(kind string, names ...string) string {
	conf := "sessions: [{name: lobby, adapter: local, rooms: [lobby, attic]}]\nscripts:\n"
	for _, name := range names {
		conf += fmt.Sprintf("- {name: %s, isolation: %s, config: {word: %s}}\n", name, kind, kind)
	}
	return conf
}

// What authors rely on is the same wherever their script runs.
func TestBothRuntimes(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			files := map[string]string{
				"config.yaml":           withIsolation(kind, "a", "b"),
				"scripts/lib/words.lua": "return {greet = 'hi'}",
				"scripts/a.lua": `
					local w = require "words"
					bot.command("greet", function(ev) ev:reply(w.greet .. " " .. ev.user.name .. " " .. bot.config.word .. " " .. bot.generation) end)
					bot.command("count", function(ev) ev:reply("n " .. kv.incr("n")) end)
					bot.command("slow", function(ev) sleep(0.05) local m = assert(ev.room:say("slow", {wait = true})) ev:reply(m.receipt.status) end)
					bot.command("who", function(ev) local n = {} for _, u in ipairs(ev.room:users()) do n[#n + 1] = u.name end table.sort(n) ev:reply(table.concat(n, ",")) end)
					bot.command("topic", function(ev, text) assert(ev.room:set_topic(text)) end)
					bot.command("bad", function(ev)
						local x = nil
						x.y = 1
					end)
					bot.command("ask", function(ev)
						local answer = ev.room:wait("message", function(e) return e.user.id == ev.user.id end, "1h")
						ev:reply("you said " .. answer.text)
					end)
					bot.on("b.event", function(ev) bot.room("lobby/lobby"):say("from b: " .. ev.data.n) end)`,
				"scripts/b.lua": `bot.command("emit", function(ev) bot.emit("b.event", {n = 7}) end)`,
			}
			d := start(t, files)
			ann := d.join("lobby", "ann")
			for _, tt := range [][2]string{
				{"!greet", "hi ann " + kind + " 1"}, {"!count", "n 1"}, {"!count", "n 2"}, {"!slow", "echoed | slow"}, {"!who", "ann,botd"},
				{"!emit", "from b: 7"}, {"nothing", ""},
			} {
				if got := ann.ask(tt[0]); got != tt[1] {
					t.Errorf("%s: got %q, want %q; fault %s", tt[0], got, tt[1], d.fault())
				}
			}
			if st := d.host.Status().Scripts; len(st) != 2 || (st[0].Process != 0) != (kind == "process") || st[0].Generation != 1 {
				t.Errorf("status %+v", st)
			}

			ann.ask("!bad")
			if e := d.lastFault(); e == nil || e.Line != 10 || len(e.Excerpt) != 3 || e.Event == "" || e.Load {
				t.Errorf("fault %+v", e)
			}

			ann.say("!ask")
			d.until("it waits", func() bool { return d.host.Status().Scripts[0].Waiting == 1 })
			if got := ann.ask("blue"); got != "you said blue" {
				t.Errorf("conversation: %q", got)
			}

			d.write("scripts/lib/words.lua", "return {greet = 'hey'}")
			d.until("the new word is used", func() bool { return strings.HasPrefix(ann.ask("!greet"), "hey ann") })
			d.write("scripts/a.lua", "bot.command('greet', function(ev\n")
			d.until("the fault is shown", func() bool { e := d.lastFault(); return e.File == "a.lua" && e.Load })
			if got := ann.ask("!count"); got != "n 3" {
				t.Errorf("after a save with a fault: %q", got)
			}
			if st := d.host.Status().Scripts[0]; st.State != "broken" {
				t.Errorf("status %+v", st)
			}
			d.write("scripts/a.lua", ping("cured"))
			d.until("the cure is live", func() bool { return ann.ask("!ping") == "cured" })
			d.remove("scripts/a.lua")
			d.until("it is gone", func() bool { return len(d.host.Status().Scripts) == 1 })
			if got := ann.ask("!ping"); got != "" {
				t.Errorf("after it was removed: %q", got)
			}
		})
	}
}

func (d *daemon) lastFault() *script.Error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.faults) == 0 {
		return nil
	}
	return d.faults[len(d.faults)-1]
}

// A change of the configuration moves a script. It is never in both places, and stays
// where it was if it does not load in the other.
func TestScriptMoves(t *testing.T) {
	d := start(t, map[string]string{
		"config.yaml":   withIsolation("none", "a"),
		"scripts/a.lua": "bot.command('ping', function(ev) ev:reply(bot.config.word) end)",
	})
	ann := d.join("lobby", "ann")
	for _, kind := range []string{"none", "process", "none", "process"} {
		d.write("config.yaml", withIsolation(kind, "a"))
		d.until("it runs there", func() bool {
			st := d.host.Status().Scripts
			return len(st) == 1 && st[0].State == "running" && (st[0].Process != 0) == (kind == "process")
		})
		if got := ann.ask("!ping"); got != kind {
			t.Errorf("%s: got %q; %+v\n%s", kind, got, d.host.Status().Scripts, &d.log)
		}
	}

	d.write("scripts/a.lua", "bot.command('ping', function(ev) ev:reply(bot.config.word) end) assert(bot.config.word == 'process', 'not here')")
	d.until("it is saved", func() bool { st := d.host.Status().Scripts[0]; return st.State == "running" && st.Generation >= 2 })
	d.write("config.yaml", withIsolation("none", "a"))
	d.until("the fault is shown", func() bool { return strings.Contains(d.fault(), "not here") })
	if st := d.host.Status().Scripts; len(st) != 1 || st[0].State != "broken" || st[0].Process == 0 || !strings.Contains(st[0].Problem, "not here") {
		t.Errorf("status %+v", st)
	}
	if got := ann.ask("!ping"); got != "process" {
		t.Errorf("got %q", got)
	}
	d.write("config.yaml", withIsolation("process", "a"))
	d.until("it is well", func() bool { return d.host.Status().Scripts[0].State == "running" })
	d.remove("scripts/a.lua")
	d.until("it is gone", func() bool { return len(d.host.Status().Scripts) == 0 })
}

// The corpus is contained in the same ways when each script has a process of its own,
// and the daemon itself hardly notices.
func TestHostileApart(t *testing.T) {
	var scripts []*hostile
	for i, h := range corpus(t, "") {
		if i%8 == 0 {
			h.config = strings.TrimSpace(h.config + "\n  isolation: process")
			if !strings.Contains(h.limits, "handler_time") { // its process has a low priority
				h.limit("handler_time: 5s")
			}
			scripts = append(scripts, h)
		}
	}
	a := newArena(t, scripts)
	heap, _ := a.settled()
	for _, h := range scripts {
		t.Run(h.name, func(t *testing.T) {
			outer := a.t
			a.t = t
			defer func() { a.t = outer }()
			a.peak.heap.Store(0)
			a.attack(h)
			a.replace(h)
			a.ping()
			if st, ok := a.script(h.name); !ok || st.Process == 0 {
				t.Errorf("it has no process: %+v", st)
			}
			// The innocent's limit, which is in the daemon, and 64 MiB: what waits to be sent, to be
			// logged and to be collected.
			if used := a.peak.heap.Load() - heap; used > (32+64)*mib {
				t.Errorf("the daemon grew by %d MiB", used/mib)
			}
			a.mu.Lock()
			a.faults = nil
			a.mu.Unlock()
			a.ann.forget()
			a.eve.forget()
		})
	}
	a.uninstall(scripts)
	a.ping()
	t.Logf("innocent's slowest answer %s", a.slowest.Round(time.Millisecond))
}
