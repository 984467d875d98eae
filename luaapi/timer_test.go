package luaapi_test

import (
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/script"
	"botd/luaapi/luaapitest"
)

func source(code string) script.Source { return script.Source{Code: []byte(code)} }

// TestWaiting runs code that takes time. Each line logged is preceded by the seconds
// since the start.
func TestWaiting(t *testing.T) {
	tests := []struct {
		name, code, want string
	}{
		{"sleep", `sleep(2) out("a") sleep("1m") out("b") sleep(0) sleep(-5) out("c")`, "2 a\n62 b\n62 c"},
		{"sleep in pcall", `out(pcall(function() sleep(1) error("x", 0) end))`, "1 false x"},
		{"after", `after(3, function() out("later") end) out("now")`, "0 now\n3 later"},
		{"after, stopped", `local t = after(3, function() out("later") end) t:stop() t:stop()`, ""},
		{"every", `local n, t = 0 t = every("10s", function() n = n + 1 out(n) if n == 3 then t:stop() end end)`, "10 1\n20 2\n30 3"},
		{"every, skipping", `local n, t = 0 t = every(1, function() n = n + 1 out(n) if n == 1 then sleep(2.5) end if n == 4 then t:stop() end end)`, "1 1\n2 2\n3 3\n4 4"},
		{"timeout in time", `out(timeout(5, function(a, b) sleep(1) return a + b, "x" end, 2, 3))`, "1 5 x"},
		{"timeout without wait", `out(timeout(5, function() return nil, 2 end))`, "0 nil 2"},
		{"timeout, too late", `out(timeout(5, function() sleep(10) out("never") end))`, "5 nil timeout: it took longer than 5s"},
		{"timeout, raising", `out(pcall(timeout, 5, function() sleep(1) error({code = 7}) end))`, "1 false table"},
		{"timeout in timeout", `out(timeout(10, function() local _, err = timeout(1, sleep, 5) return err.code end))`, "1 timeout"},
		{"outer timeout first", `out(timeout(1, function() return timeout(10, function() sleep(5) out("never") end) end))`, "1 nil timeout: it took longer than 1s"},
		{"race", `out(race(function() sleep(2) return "slow" end, function() sleep(1) return "fast", 1 end)) sleep(9) out("end")`, "1 fast 1\n10 end"},
		{"race without wait", `out(race(function() return 1 end, function() return 2 end))`, "0 1"},
		{"race, raising", `out(pcall(race, function() sleep(2) end, function() sleep(1) error("oh", 0) end))`, "1 false oh"},
		{"losers of a race end", `race(function() sleep(5) out("never") end, function() sleep(1) end) sleep(9)`, ""},
		{"all", `out(all(function() sleep(2) return "a" end, function() sleep(1) return "b", "c" end, function() end))`, "2 a b nil"},
		{"all of nothing", `out(all())`, "0 "},
		{"all, raising", `out(pcall(all, function() sleep(5) out("never") end, function() sleep(1) error("oh", 0) end)) sleep(9)`, "1 false oh"},
		{"race of nothing", `out(pcall(race))`, "0 false race: expected at least one function"},
		{"spawn", `local t = bot.spawn(function(a) sleep(1) return a, 2 end, 1) out("now") out(t:wait()) out(t:wait())`, "0 now\n1 1 2\n1 1 2"},
		{"spawn, cancelled", `local t = bot.spawn(function() sleep(9) out("never") end) sleep(1) t:cancel() out(t:wait())`, "1 nil cancelled: cancelled: the script was stopped"},
		{"spawn, cancelled at once", `local t = bot.spawn(function() out("never") end) t:cancel() out(t:wait())`, "0 nil cancelled: the task was cancelled"},
		{"cancelled with its children", `local t = bot.spawn(function() race(function() sleep(5) out("never") end) end) sleep(1) t:cancel() sleep(9) out("end")`, "10 end"},
		{"spawn in spawn", `bot.spawn(function() bot.spawn(function() out("inner") end) sleep(1) out("outer") end):wait()`, "0 inner\n1 outer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				b.Must(`local start = time.now()
				local function out(...)
					local t = {...}
					for i = 1, select("#", ...) do t[i] = type(t[i]) == "table" and not t[i].message and "table" or tostring(t[i]) end
					log.info(("%d %s"):format(time.now() - start, table.concat(t, " ")))
				end
				bot.spawn(function()
					sleep(0)
				  ` + "\n" + tt.code + ` end)`)
				time.Sleep(10 * time.Minute)
				b.Settle()
				var lines []string
				for _, l := range b.Logs() {
					lines = append(lines, l.Msg)
				}
				if got := strings.Join(lines, "\n"); got != tt.want {
					t.Errorf("got\n%s\nwant\n%s", got, tt.want)
				}
				for _, e := range b.Errors() {
					t.Errorf("error: %v", e)
				}
				if s := b.Manager.Status(); s[0].Waiting > 0 {
					t.Errorf("%d handlers wait still", s[0].Waiting)
				}
			})
		})
	}
}

func TestWaitWhileLoading(t *testing.T) {
	for _, code := range []string{`sleep(1)`, `timeout(1, print)`, `race(print)`, `all(print)`, `bot.spawn(print):wait()`, `bot.room("lobby/lobby"):wait("message")`, `bot.room("lobby/lobby"):clear()`} {
		luaapitest.Run(t, func(b *luaapitest.Bot) {
			if err := b.Try(code); err == nil || !strings.Contains(err.Error(), "test.lua:1: cannot wait while the script loads") {
				t.Errorf("%s: %v", code, err)
			}
			b.Settle()
			if l := b.Logs(); len(l) > 0 {
				t.Errorf("%s: something ran: %v", code, l)
			}
		})
	}
}

func TestTaskError(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		out, problem := b.Eval(`local t = bot.spawn(function() error("broken") end) out(t:wait())`)
		if want := "nil internal: the task failed: test.lua:2: broken"; out != want {
			t.Errorf("printed %q, want %q", out, want)
		}
		if !strings.Contains(problem, "test.lua:2: broken") {
			t.Errorf("the error of the task was not reported: %q", problem)
		}
	})
}

func TestRoomWait(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`bot.command("ask", function(ev, how)
			ev:reply("well?")
			local answer, err
			if how == "plain" then answer, err = ev.room:wait("message")
			elseif how == "pred" then answer, err = ev.room:wait("message", function(e) return e.user == ev.user end)
			elseif how == "time" then answer, err = ev.room:wait("message", "30s")
			elseif how == "kinds" then answer, err = ev.room:wait({"join", "leave"}, 30)
			elseif how == "both" then answer, err = ev.room:wait("message", function(e) sleep(1) return e.text == "x" end, "30s")
			elseif how == "bad" then answer, err = ev.room:wait("message", function(e) return e.nothing end, "30s")
			end
			ev:reply(answer and (answer.text or answer.kind) or tostring(err))
		end)`)
		say := func(name, text string, want ...string) {
			t.Helper()
			b.Says(name, text)
			b.Expect(want...)
		}
		say("ann", "!ask plain", "well?")
		say("bob", "me", "me")
		say("bob", "me too")
		say("ann", "!ask pred", "well?")
		say("bob", "me")
		say("ann", "yes", "yes")
		say("ann", "!ask time", "well?")
		time.Sleep(31 * time.Second)
		b.Settle()
		b.Expect("timeout: nothing came within 30s")
		say("ann", "!ask kinds", "well?")
		b.Event(engine.Event{User: luaapitest.User("eve"), Body: engine.Left{}})
		b.Expect("leave")
		say("ann", "!ask both", "well?")
		say("bob", "y")
		say("bob", "x")
		time.Sleep(2 * time.Second)
		b.Settle()
		b.Expect("x")
		say("ann", "!ask time", "well?")
		b.Event(engine.Event{Body: engine.Disconnected{Retry: time.Second}})
		b.Expect()
		b.Event(engine.Event{Body: engine.Disconnected{}})
		b.Expect("cancelled: the bot is no longer in lobby/lobby")
	})
}

// TestReloadEndsWaits checks that a new version ends what the old one waits for.
func TestReloadEndsWaits(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`
			every(1, function() bot.room("lobby/lobby"):say("old") end)
			bot.on("message", function(ev) local e, err = ev.room:wait("message") ev:reply("old") end)
			bot.on("message", function(ev) race(function() sleep(5) ev:reply("old") end, function() sleep(9) end) end)
			bot.on("message", function(ev) timeout(5, function() sleep(9) end) ev:reply("old") end)
			bot.spawn(function() sleep(3) log.info("old") end)`)
		b.Says("ann", "hi")
		b.Must(`bot.on("message", function(ev) ev:reply("new " .. bot.generation .. " " .. bot.reload_reason) end)`)
		time.Sleep(time.Minute)
		b.Says("ann", "hi")
		b.Expect("new 2 saved")
		if len(b.Logs()) > 0 {
			t.Errorf("the old version went on: %v", b.Logs())
		}
		if s := b.Manager.Status(); s[0].Waiting > 0 {
			t.Errorf("%d handlers wait still", s[0].Waiting)
		}
	})
}
