package tests

import (
	"encoding/json"
	"testing"

	"botd/engine/raffle"
)

// scenario is the same script on every network: a poll, and when that has ended a raffle in
// which all who enter win. It says in the log what it is told.
const scenario = `
local function first(room) return room:polls()[1], room:raffles()[1] end
bot.on("connect", function(ev)
  if not ev.room then return end
  log.info("told", {what = "online"})
  if kv.incr("runs") == 1 then
    assert(ev.room:poll{ question = "Tea?", options = {"yes", "no"} })
    log.info("told", {what = "poll is open"}) -- and will be after a crash
  end
end)
bot.on("poll", function(ev)
  log.info("told", {what = ("poll %s %g:%g"):format(ev.status, ev.options[1].votes or 0, ev.options[2].votes or 0)})
end)
bot.on("raffle", function(ev)
  log.info("told", {what = ("raffle %s %d"):format(ev.status, ev.entries or 0)})
end)
bot.on("message", function(ev)
  local p, r = first(ev.room)
  if ev.text == "close it" and p then
    assert(p:close())
    local got = p:results()
    log.info("told", {what = ("result %s %g:%g %d"):format(got.winner_text, got.options[1].votes, got.options[2].votes, got.voters)})
    assert(ev.room:raffle{ prize = "a cake", winners = 3 })
    log.info("told", {what = "raffle is open"})
  elseif ev.text == "draw it" and r then
    assert(r:close())
    local winners, proof = r:wait()
    local names = {}
    for i, w in ipairs(winners) do names[i] = w.name:lower() end
    table.sort(names)
    log.info("told", {what = "winners " .. table.concat(names, " "), proof = json.encode(proof or {})})
  end
end)`

// The real program runs the scenario on each network. It is killed with the poll half done, and
// with the raffle half done, and connections are lost between two votes and two entries. The results
// are the same everywhere, nobody's vote or entry is lost, and none counts twice.
func TestContestScenario(t *testing.T) {
	t.Parallel()
	for name, make := range stages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			playContests(t, newActors(t, make(t), scenario, ""))
		})
	}
}

func playContests(t *testing.T, a *actors) {
	vote := func(who string, option int, want string) {
		t.Helper()
		a.vote(who, option)
		a.told(want)
	}
	a.start()
	a.told("poll is open")
	vote("ann", 1, "poll started 1:0")
	a.kill()
	a.start()
	vote("bob", 2, "poll started 1:1")
	a.drop()
	vote("eve", 2, "poll started 1:2")
	a.say("ann", "close it")
	a.told("result no 1:2 3")
	a.told("raffle is open")
	a.enter("ann")
	a.entered(1)
	a.kill()
	a.start()
	a.enter("bob")
	a.entered(2)
	a.drop()
	a.enter("eve")
	a.entered(3)
	a.say("ann", "draw it")
	proof := a.told("winners ann bob eve").Proof
	if a.drawn {
		return
	}
	var p raffle.Proof
	if err := json.Unmarshal([]byte(proof), &p); err != nil || p.Verify() != nil || len(p.Entries) != 3 {
		t.Errorf("%v %v %s", err, p.Verify(), proof)
	}
}
