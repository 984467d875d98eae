package tests

import (
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/host"
)

// voters is a script that opens a poll and a raffle, with functions that weigh people, and says how they
// end.
const voters = `
bot.command("poll", function(ev)
  local p = assert(ev.room:poll{ question = "Tea?", options = {"yes", "no"}, weight = function(u) return #u.name end, quiet = true, native = "auto" })
  ev:reply("open")
  local r = p:wait()
  ev:reply(("%s %g:%g %s %s"):format(r.winner_text, r.options[1].votes, r.options[2].votes, r.identity, tostring(r.native)))
end)
bot.command("close", function(ev)
  for _, p in ipairs(ev.room:polls()) do assert(p:close()) end
  for _, r in ipairs(ev.room:raffles()) do assert(r:close()) end
end)
bot.command("raffle", function(ev)
  local r = assert(ev.room:raffle{ prize = "cake", weight = function(u) return #u.name end, quiet = true })
  ev:reply("open")
  local winners, proof = r:wait()
  ev:reply(winners[1].name .. " of " .. #proof.entries .. " with " .. proof.entries[1].weight)
end)
bot.command("in", function(ev) for _, r in ipairs(ev.room:raffles()) do assert(r:enter(ev.user)) ev:reply("entered " .. r.entries) end end)
bot.command("voted", function(ev) for _, p in ipairs(ev.room:polls()) do ev:reply(p:results().voters .. " voted") end end)
bot.command("x", function(ev) local p, err = bot.poll("nothing") ev:reply(err.code) end)`

// A script opens polls and raffles, in the daemon's process and in one of its own.
func TestContestsOfScripts(t *testing.T) {
	for name, isolation := range map[string]string{"here": "", "apart": ", isolation: process"} {
		t.Run(name, func(t *testing.T) {
			d := start(t, map[string]string{
				"config.yaml":        "sessions: [{name: lobby, adapter: local, rooms: [lobby]}]\nscripts: [{name: voters" + isolation + "}]\n",
				"scripts/voters.lua": voters,
			})
			ann, bob := d.join("lobby", "ann"), d.join("lobby", "robert")
			expect := func(got, want string) {
				t.Helper()
				if got != want {
					t.Errorf("got %q, want %q\n%s", got, want, &d.log)
				}
			}
			expect(ann.asks("!poll"), "open")
			ann.say("1")
			bob.say("no")
			for got := ""; !strings.HasPrefix(got, "2 "); {
				got = ann.asks("!voted")
			}
			expect(ann.asks("!close"), "no 3:6 nick false")
			expect(ann.asks("!raffle"), "open")
			expect(bob.asks("!in"), "entered 1")
			expect(ann.asks("!close"), "robert of 1 with 6")
			expect(ann.asks("!x"), "not_found")
		})
	}
}

// laterClock is the system's clock, later by some time.
type laterClock struct {
	engine.SystemClock
	by time.Duration
}

func (c laterClock) Now() time.Time { return c.SystemClock.Now().Add(c.by) }

// A poll and a raffle whose time comes while the daemon is down are ended when it is back, and the room
// and scripts are told, once each.
func TestContestsEndWhileTheDaemonIsDown(t *testing.T) {
	files := map[string]string{
		"config.yaml": "sessions: [{name: far, adapter: fake, rooms: [hall]}]\n",
		"scripts/a.lua": `
for _ = 1, 1000000 do end -- loading takes its time
bot.on("connect", function(ev)
  if kv.incr("runs") > 1 then return end
  assert(ev.room:poll{ question = "Tea?", options = {"yes", "no"}, duration = "10m", native = "never" })
  assert(ev.room:raffle{ prize = "cake", duration = "10m", native = "never" })
end)
local function note(ev) if ev.status ~= "started" then kv.incr(ev.kind .. " " .. ev.status) end end
bot.on("poll", note)
bot.on("raffle", note)`,
	}
	dir, net := t.TempDir(), &enginetest.Network{}
	d := startIn(t, dir, files, net.Adapter())
	d.until("both are open", func() bool { return net.In("hall") != nil && len(net.In("hall").Texts()) == 2 })
	for _, line := range []string{"yes", "!join"} {
		net.In("hall").Hear("hall", "ann", line)
	}
	d.idle()
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	for run, want := range [][]string{{"Poll has ended: Tea? yes wins", "The raffle for cake is closed with 1 entries.", "ann wins cake!"}, {}} {
		net := &enginetest.Network{}
		d := startWith(t, dir, files, func(o *host.Options) { o.Clock = laterClock{by: time.Hour} }, net.Adapter())
		d.until("all is told", func() bool { return len(net.In("hall").Texts()) >= len(want) })
		d.idle()
		got := net.In("hall").Texts()
		if len(got) != len(want) {
			t.Fatalf("run %d: told %q, want %q", run, got, want)
		}
		for i := range want {
			if !strings.HasPrefix(got[i], want[i]) {
				t.Errorf("told %q, want %q", got[i], want[i])
			}
		}
		for _, key := range []string{"poll ended", "raffle drawn"} {
			if v, err := d.host.Stored(t.Context(), "a", key); err != nil || string(v.Value) != "1" {
				t.Errorf("run %d: scripts are told %s: %s, %v", run, key, v.Value, err)
			}
		}
		if err := d.stop(); err != nil {
			t.Fatal(err)
		}
	}
}
