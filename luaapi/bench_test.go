package luaapi_test

import (
	"context"
	"strconv"
	"testing"

	"botd/engine"
	"botd/engine/script"
	"botd/luaapi/luaapitest"
)

// BenchmarkCall measures what a script does b.N times within one handler. The line
// "loop" is the loop around it.
func BenchmarkCall(b *testing.B) {
	for _, bm := range []struct{ name, code string }{
		{"loop", ``},
		{"field text", `local _ = ev.text`},
		{"field kind", `local _ = ev.kind`},
		{"field room.id", `local _ = ev.room.id`},
		{"field user.name", `local _ = ev.user.name`},
		{"field message_id", `local _ = ev.message_id`},
		{"call without arguments", `time.now()`},
		{"call with a string", `rng.dice("d6")`},
		{"call with two numbers", `rng.int(1, 6)`},
		{"method", `user:is("moderator")`},
		{"options", `json.encode(1, opts)`},
		{"say", `room:say("hello")`},
	} {
		b.Run(bm.name, func(b *testing.B) {
			bot := luaapitest.New(b)
			src := script.Source{Name: "bench", Code: []byte(`bot.on("message", function(ev)
				local room, user, opts = ev.room, ev.user, {indent = false}
				for i = 1, tonumber(ev.text) do ` + bm.code + ` end
			end)`), Limits: script.Limits{Steps: 1 << 60, Mailbox: 10}}
			if err := bot.Load(src); err != nil {
				b.Fatal(err)
			}
			bot.Discard = true
			b.ReportAllocs()
			b.ResetTimer()
			bot.Deliver(engine.Event{User: luaapitest.User("ann"), Body: engine.Message{ID: "m", Text: strconv.Itoa(b.N)}})
			if err := bot.Manager.WaitIdle(context.Background()); err != nil {
				b.Fatal(err)
			}
			for _, e := range bot.Errors() {
				b.Fatal(e)
			}
		})
	}
}

// BenchmarkEvent measures an event with a handler that reads a field or answers.
func BenchmarkEvent(b *testing.B) {
	for _, bm := range []struct{ name, code string }{
		{"nothing", ``},
		{"one field", `local _ = ev.text`},
		{"reply", `ev:reply("pong")`},
	} {
		b.Run(bm.name, func(b *testing.B) {
			bot := luaapitest.New(b)
			bot.Discard = true
			if err := bot.Load(script.Source{Code: []byte(`bot.on("message", function(ev) ` + bm.code + ` end)`), Limits: script.Limits{Steps: 1 << 60, Mailbox: 1 << 30}}); err != nil {
				b.Fatal(err)
			}
			ev := engine.Event{User: luaapitest.User("ann"), Body: engine.Message{ID: "m", Text: "!ping"}}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				bot.Deliver(ev)
				if i%256 == 255 {
					_ = bot.Manager.WaitIdle(context.Background())
				}
			}
			_ = bot.Manager.WaitIdle(context.Background())
		})
	}
}
