package tests

import (
	"strings"
	"testing"
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
