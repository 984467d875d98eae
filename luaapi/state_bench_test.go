package luaapi_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/script"
	"botd/luaapi/luaapitest"
)

// BenchmarkState measures an event whose handler counts in a table: one that is kept
// (state) against one that is not (plain), in turns, so that what else the machine does
// meets both. "ratio" is the first by the second. The table has so many fields.
func BenchmarkState(b *testing.B) {
	for _, fields := range []int{10, 1000, 10_000} {
		b.Run(strconv.Itoa(fields), func(b *testing.B) {
			code := func(table string) string {
				return `local st = ` + table + ` for i = 1, ` + strconv.Itoa(fields) + ` do st["user" .. i] = i end
					bot.on("message", function(ev) local k = "user" .. math.random(` + strconv.Itoa(fields) + `) st[k] = st[k] + 1 end)`
			}
			plain, kept := counter(b, code("{}")), counter(b, code("state{}"))
			ev := engine.Event{User: luaapitest.User("ann"), Body: engine.Message{ID: "m", Text: "hello"}}
			var spent [2]time.Duration
			const turn = 2048
			b.ReportAllocs()
			b.ResetTimer()
			for done := 0; done < b.N; done += turn {
				for i, bot := range []*luaapitest.Bot{plain, kept} {
					begin := time.Now()
					for range turn {
						bot.Deliver(ev)
					}
					_ = bot.Manager.WaitIdle(context.Background())
					spent[i] += time.Since(begin)
				}
			}
			b.ReportMetric(float64(spent[1])/float64(spent[0]), "ratio")
		})
	}
}

func counter(b *testing.B, code string) *luaapitest.Bot {
	bot := luaapitest.New(b)
	bot.Discard = true
	if err := bot.Load(script.Source{Code: []byte(code), Limits: script.Limits{Steps: 1 << 60, Mailbox: 1 << 30}}); err != nil {
		b.Fatal(err)
	}
	return bot
}
