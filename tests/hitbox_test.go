package tests

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"botd/adapters/hitbox"
	"botd/adapters/hitbox/hitboxtest"
	"botd/engine"
)

// games runs a poll and a giveaway from creation to cleanup by the network's own commands,
// and tells in the end what came of them.
const games = `
local function must(ok, err) if not ok then error(err.code .. ": " .. err.message, 2) end return ok end

bot.command("games", function(ev)
  local s, room = ev.session, ev.room
  local function call(name, params) return must(s:call(name, params, room)) end

  local poll = call("createPoll", {question = "Tea?", choices = {"yes", "no"}})
  call("voteMsg", {choice = 0})
  room:say("vote now")
  must(room:wait("poll", function(p) return p.options[2].votes == 1 end, "20s"))
  local result = call("pausePoll")
  call("startPoll") call("pausePoll")
  local ended = call("endPoll")

  local raffle = call("createRaffle", {question = "Pick", prize = "mug", choices = {"A", {text = "B"}}})
  call("pauseRaffle") call("startRaffle")
  room:say("enter now")
  must(room:wait("raffle", function(r) return r.entries == 1 end, "20s"))
  call("endRaffle")
  local winner = call("winnerRaffle", {answer = 1})
  call("hideRaffle")
  local gone = call("cleanupRaffle")
  room:say(table.concat({"done", poll.status, result.choices[1].votes, result.choices[2].votes, ended.status,
    raffle.prize, winner.winner_name, tostring(winner.winner_email), gone.status}, " "))
end)
`

// winners notes what a script is told of a winner.
const winners = `
bot.on("raffle", function(ev)
  if ev.status == "drawn" then ev.room:say(bot.name .. " read " .. ev.winners[1].name .. " " .. tostring(ev.email)) end
end)`

// TestHitboxGames: a script plays a poll and a giveaway against the simulator. The winner's
// address reaches the script with the grant, and neither logs, nor events as the command line
// shows them, nor anybody else.
func TestHitboxGames(t *testing.T) {
	service := hitboxtest.New(hitboxtest.Options{Unlimited: true})
	srv := httptest.NewServer(service)
	t.Cleanup(func() {
		srv.Close()
		service.Close()
	})
	d := start(t, map[string]string{
		"config.yaml": `
sessions:
- {name: hb, adapter: hitbox, rooms: [demo], settings: {url: "` + srv.URL + `", name: demo, password: demo-pass, pace: 0s}}
scripts:
- {name: games, grants: [chat, call]}
- {name: trusted, grants: [chat, contacts]}
`,
		"scripts/games.lua": games, "scripts/trusted.lua": winners, "scripts/other.lua": winners,
	}, hitbox.Adapter)
	said := func(text string) func() bool {
		return func() bool {
			for _, line := range service.Lines("demo") {
				if strings.HasPrefix(line, text) {
					return true
				}
			}
			return false
		}
	}
	tail := d.host.Tail()
	defer tail.Close()
	d.until("the bot is in the channel", func() bool { return len(service.Names("demo")) == 1 })
	ann := service.Join("demo", "Ann")
	d.until("the command is taken", func() bool {
		if len(service.Requests()) > 2 {
			return true
		}
		ann.Say("!games")
		return false
	})
	d.until("the poll", said("vote now"))
	ann.Send("voteMsg", map[string]any{"choice": "1"})
	d.until("the giveaway", said("enter now"))
	ann.Send("voteRaffle", map[string]any{"choice": "1"})
	d.until("the end", said("done"))
	d.idle()
	const want = "done started 1 1 ended mug Ann nil delete"
	if !said(want)() {
		t.Errorf("the channel read %q, want %q", service.Lines("demo"), want)
	}
	d.until("both have heard", func() bool { return said("trusted read")() && said("other read")() })
	if !said("trusted read Ann ann@example.org")() || !said("other read Ann nil")() {
		t.Errorf("the channel read %q", service.Lines("demo"))
	}
	var shown strings.Builder
	for len(tail.Events) > 0 {
		ev := <-tail.Events
		if m, ok := ev.Body.(engine.Message); ok && strings.HasPrefix(m.Text, "trusted read") {
			continue // what the script itself told everybody
		}
		b, err := json.Marshal(ev)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(b)
	}
	if !strings.Contains(shown.String(), `"email":"[private]"`) {
		t.Errorf("the events do not tell that there is an address: %s", &shown)
	}
	if strings.Contains(shown.String()+d.log.String(), "example.org") {
		t.Errorf("the address got out: %s\n%s", &shown, &d.log)
	}
}
