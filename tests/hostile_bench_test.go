package tests

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"botd/adapters/local"
	"botd/engine"
)

// How long an innocent script takes to answer while another one does as much as it can
// without being stopped for it: the time from saying a command to hearing the answer.
func BenchmarkAnswerBeside(b *testing.B) {
	const busy = `for i = 1, 100 do bot.spawn(function() while true do for i = 1, 200000 do end sleep(0.02) end end) end`
	for _, bb := range []struct {
		name, code string
		scripts    int
	}{
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
	} {
		b.Run(bb.name, func(b *testing.B) {
			var floods []*hostile
			for i := range bb.scripts {
				floods = append(floods, &hostile{name: "flood" + strconv.Itoa(i), code: bb.code, limits: "memory: 256MiB"})
			}
			a := newArena(b, floods)
			for _, h := range floods {
				a.install(h)
			}
			ping := a.stopwatch()
			var took []time.Duration
			for b.Loop() {
				took = append(took, ping())
			}
			slices.Sort(took)
			ms := func(share float64) float64 {
				return float64(took[int(share*float64(len(took)-1))]) / float64(time.Millisecond)
			}
			b.ReportMetric(ms(0.5), "p50-ms")
			b.ReportMetric(ms(0.99), "p99-ms")
			b.ReportMetric(ms(1), "max-ms")
			for _, h := range floods {
				if st, _ := a.script(h.name); st.State != "running" {
					b.Errorf("the flood ended: %+v\n%s", st, a.fault())
				}
			}
		})
	}
}

// stopwatch returns what measures one answer of the innocent script, from saying the
// command to hearing the answer.
func (a *arena) stopwatch() (ping func() time.Duration) {
	heard := make(chan string, 100)
	p, err := a.hub.Room("lobby").Join(local.Visit{User: engine.User{Name: "tim"}, Hear: func(ev engine.Event) {
		if m, ok := ev.Body.(engine.Message); ok && ev.User.Name == "botd" && strings.HasPrefix(m.Text, "innocent ") {
			heard <- m.Text
		}
	}})
	if err != nil {
		a.t.Fatal(err)
	}
	n := a.pings
	return func() time.Duration {
		n++
		time.Sleep(time.Millisecond) // the next question comes at any moment, not right after the answer
		begin := time.Now()
		if _, err := p.Say(fmt.Sprintf("!ping %d", n)); err != nil {
			a.t.Fatal(err)
		}
		if got := <-heard; got != innocentAnswer(n) {
			a.t.Fatalf("the innocent script answered %q", got)
		}
		return time.Since(begin)
	}
}
