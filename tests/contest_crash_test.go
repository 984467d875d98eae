package tests

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"botd/adapters/hackchat/hackchattest"
)

// ballots is a script with a poll and a raffle that are open from its first start on. It says in
// the log how they stand when it comes, and after each vote and entry that counts.
const ballots = `
bot.on("connect", function(ev)
  if kv.incr("runs") == 1 then
    assert(ev.room:poll{ question = "Tea?", options = {"yes", "no"}, quiet = true })
    assert(ev.room:raffle{ prize = "a cake", winners = VOTERS, quiet = true })
  end
  local p, r = ev.room:polls()[1], ev.room:raffles()[1]
  log.info("begins", {votes = p:results().voters, entries = r.entries})
end)
bot.on("poll", function(ev) if ev.status == "started" then log.info("counted", {votes = ev.extra.voters}) end end)
bot.on("raffle", function(ev) if ev.status == "started" then log.info("counted", {entries = ev.entries or 0}) end end)
bot.on("message", function(ev)
  if ev.text ~= "all in" then return end
  local p, r = ev.room:polls()[1], ev.room:raffles()[1]
  local got = (p:close() and p:results())
  r:close()
  local winners = r:wait()
  local names = {}
  for i, w in ipairs(winners) do names[i] = w.name end
  table.sort(names)
  log.info("result", {yes = got.options[1].votes or 0, no = got.options[2].votes or 0, votes = got.voters, names = table.concat(names, " ")})
end)`

// The real program is killed at random moments of a poll and a raffle. What it told of is there
// when it is back, nothing counts twice, and in the end everybody has voted and won once.
func TestContestsKilled(t *testing.T) {
	rounds := kills(t, 4)
	voters := 10 * rounds
	srv := hackchattest.New(hackchattest.Options{Unlimited: true})
	t.Cleanup(srv.Close)
	var users []*hackchattest.User
	var names string
	for i := range voters {
		users = append(users, srv.Join("lab", fmt.Sprintf("user%04d", i)))
		names += fmt.Sprintf("user%04d ", i)
	}
	a := newActors(t, stage{session: "{name: net, adapter: hackchat, rooms: [lab], settings: {url: 'ws%s', nick: botd}}", handler: srv},
		strings.ReplaceAll(ballots, "VOTERS", fmt.Sprint(voters)), "")
	var said, told struct{ votes, entries int }
	// begins holds what is there to what was told, and to what was said at most.
	begins := func() {
		t.Helper()
		l := a.line("begins")
		if l.Votes < told.votes || l.Votes > said.votes || l.Entries < told.entries || l.Entries > said.entries {
			t.Errorf("%d votes and %d entries are there; %+v was told, %+v said", l.Votes, l.Entries, told, said)
		}
	}
	for range rounds {
		a.run()
		begins()
		for i := range 10 { // again what was perhaps lost, and more
			who := users[(said.votes+i)%voters]
			who.Say(fmt.Sprint(1 + (said.votes+i)%voters%2))
			who.Say("!join")
		}
		said.votes, said.entries = min(said.votes+10, voters), min(said.entries+10, voters)
		for range 1 + rand.IntN(15) {
			l := a.line("counted")
			told.votes, told.entries = max(told.votes, l.Votes), max(told.entries, l.Entries)
		}
		a.kill()
	}
	a.run()
	begins()
	for i, u := range users {
		u.Say(fmt.Sprint(1 + i%2))
		u.Say("!join")
	}
	users[0].Say("all in")
	got := a.line("result")
	if got.Yes != voters/2 || got.No != voters/2 || got.Votes != voters || got.Names+" " != names {
		t.Errorf("%+v", got)
	}
}

// loggedLine is what the tests read of a line of the log.
type loggedLine struct {
	Msg, Level, Names       string
	Votes, Entries, Yes, No int
}

// line is the next line of the log with that message.
func (a *actors) line(msg string) loggedLine {
	a.t.Helper()
	late := time.After(patience)
	for {
		select {
		case text, ok := <-a.lines:
			var l loggedLine
			if !ok || json.Unmarshal([]byte(text), &l) != nil || l.Level == "ERROR" {
				a.t.Fatalf("%q instead of %q\n%s", text, msg, &a.output)
			}
			if l.Msg == msg {
				return l
			}
		case <-late:
			a.t.Fatalf("nobody said %q\n%s", msg, &a.output)
		}
	}
}
