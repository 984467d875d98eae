package tests

import (
	"slices"
	"strconv"
	"testing"
	"time"
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
			var took []time.Duration
			for b.Loop() {
				took = append(took, a.ping())
				a.ann.forget()
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
