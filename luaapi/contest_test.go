package luaapi_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/luaapi/luaapitest"
)

// What is wrong with a call is raised at its line, what cannot be done is returned.
func TestContestErrors(t *testing.T) {
	for name, tt := range map[string]struct{ code, want string }{
		"no options":     {`room:poll{question = "Tea?"}`, "options"},
		"one option":     {`assert(room:poll{question = "Tea?", options = {"yes"}})`, "a poll needs 2 to 20 options, got 1"},
		"unknown option": {`room:poll{question = "Tea?", options = {"a", "b"}, durations = 5}`, "duration"},
		"method":         {`room:poll{question = "Tea?", options = {"a", "b"}, method = "best"}`, "plurality"},
		"announce":       {`assert(room:poll{question = "Tea?", options = {"a", "b"}, announce = 1})`, "every 5s at most"},
		"texts":          {`room:poll{question = "Tea?", options = {"a", "b"}, texts = {endet = ""}}`, `unknown text "endet", did you mean "ended"?`},
		"weight":         {`room:poll{question = "Tea?", options = {"a", "b"}, weight = 5}`, "expected a function or a table"},
		"no prize":       {`room:raffle{}`, "prize"},
		"one answer":     {`assert(room:raffle{prize = "p", answers = {"a"}})`, "2 to 10 answers"},
	} {
		t.Run(name, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				b.Must(`bot.command("go", function(ev) local room = ev.room ` + tt.code + ` end)`)
				b.Event(engine.Event{User: luaapitest.User("ann"), Body: engine.Message{Text: "!go"}})
				b.Settle()
				if errs := b.Errors(); len(errs) != 1 || !strings.Contains(errs[0].Error(), tt.want) {
					t.Errorf("%v; want %q", errs, tt.want)
				}
			})
		})
	}
}

func TestVotesByCall(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`
local p, r
local function code(ok, err) return ok and "ok" or err.code end
bot.command("go", function(ev)
  p = assert(ev.room:poll{question = "Tea?", options = {"yes", "no"}, method = "approval", change = false, quiet = true,
    weight = function(u) if u.name == "bob" then error("who?") end return 3 end})
  r = assert(ev.room:raffle{prize = "p", quiet = true, weight = {guest = 4}})
  log.info(code(p:vote(ev.user, {1, 2})))
  log.info(code(p:vote(ev.user, 1)))
  log.info(code(p:vote("bob", 2)))
  log.info(code(p:vote("nobody", 2)))
  log.info(code(p:vote("bob", 9)))
  local got = p:results()
  log.info(("%g %g %s"):format(got.options[1].votes, got.options[2].votes, got.identity))
  log.info(code(r:enter("bob")) .. code(r:draw(3)) .. code(r:reroll("ann")) .. code(r:cleanup()))
  log.info(code(r:close()) .. " " .. r.status .. " " .. r:winners()[1].name .. " " .. r:proof().entries[1].weight)
  log.info(code(r:reroll("bob", "why not")) .. " " .. #r:winners())
  log.info(code(p:wait()))
end)
bot.command("stop", function(ev) log.info(code(p:pause()) .. code(p:pause()) .. code(p:resume()) .. code(p:cancel()) .. p.status) end)`)
		b.Event(engine.Event{User: luaapitest.User("ann"), Body: engine.Message{Text: "!go"}})
		b.Settle()
		b.Event(engine.Event{User: luaapitest.User("ann"), Body: engine.Message{Text: "!stop"}})
		b.Settle()
		time.Sleep(time.Second)
		var got []string
		for _, l := range b.Logs() {
			if l.Level != "debug" {
				got = append(got, l.Msg)
			}
		}
		want := "ok|conflict|the weight function failed|ok|not_found|the weight function failed|invalid|3 4 nick|okinvalidconflictconflict|ok drawn bob 4|ok 0|cancelled|okconflictokokcancelled"
		if text := strings.Join(got, "|"); text != want {
			t.Errorf("got  %s\nwant %s\n%v", text, want, b.Errors())
		}
	})
}

// An option that nobody voted for has no votes; that is a number too.
func TestOptionWithoutVotes(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`bot.on("poll", function(ev) if ev.status == "ended" then log.info(ev.options[1].votes .. " to " .. ev.options[2].votes) end end)
			bot.command("result", function(ev)
			  local r = ev.room:poll{ question = "Tea?", options = {"yes", "no"}, duration = "5m", quiet = true }:wait()
			  log.info(r.voters .. " voted, " .. r.options[1].votes .. " to " .. r.options[2].votes)
			end)`)
		b.Says("ann", "!result")
		b.Says("bob", "2")
		time.Sleep(6 * time.Minute)
		b.Settle()
		var got []string
		for _, l := range b.Logs() {
			got = append(got, l.Msg)
		}
		slices.Sort(got) // which of the two comes first is not what this is about
		if strings.Join(got, "; ") != "0 to 1; 1 voted, 0 to 1" {
			t.Errorf("logged %q, errors %v", got, b.Errors())
		}
	})
}
