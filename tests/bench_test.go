package tests

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"botd/adapters/local"
	"botd/engine"
	"botd/engine/config"
	"botd/engine/host"
	"botd/engine/script"
	"botd/luaapi"
)

// A command typed into the local room until its answer is there: session, bus, roster,
// dispatch, mailbox, Lua, gate, outbox, session, and all the way to the room.
func BenchmarkPing(b *testing.B) {
	answered := make(chan struct{}, 1)
	p := talker(b, `bot.command("ping", function(ev, rest) ev:reply("pong " .. rest) end)`, func() { answered <- struct{}{} })
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Say("!ping 7"); err != nil {
			b.Fatal(err)
		}
		<-answered
	}
}

// The same with 256 commands on their way at a time.
func BenchmarkPingPipelined(b *testing.B) {
	const window = 256
	room := make(chan struct{}, window)
	p := talker(b, `bot.command("ping", function(ev, rest) ev:reply("pong " .. rest) end)`, func() { <-room })
	b.ReportAllocs()
	for b.Loop() {
		room <- struct{}{}
		if _, err := p.Say("!ping 7"); err != nil {
			b.Fatal(err)
		}
	}
	for range window {
		room <- struct{}{}
	}
}

// A line nobody wants.
func BenchmarkUnwantedLine(b *testing.B) {
	p := talker(b, `bot.command("ping", function(ev) end)`, func() {})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Say("hello everybody"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTrace says what it costs to remember what became of each event: BenchmarkPingPipelined
// without it (off) and with it (on), in turns of one run, so that the ratio means something
// on a busy machine too.
func BenchmarkTrace(b *testing.B) {
	const script, turn = `bot.command("ping", function(ev, rest) ev:reply("pong " .. rest) end)`, 2000
	var spent [2]time.Duration
	var room [2]chan struct{}
	var who [2]*local.Participant
	for i, traces := range []int{-1, 0} {
		room[i] = make(chan struct{}, 256)
		who[i] = talkerWith(b, script, func() { <-room[i] }, func(o *host.Options) { o.Traces = traces })
	}
	n := 0
	for b.Loop() {
		i := n % 2
		begin := time.Now()
		for range turn {
			room[i] <- struct{}{}
			if _, err := who[i].Say("!ping 7"); err != nil {
				b.Fatal(err)
			}
		}
		for range cap(room[i]) {
			room[i] <- struct{}{}
		}
		for range cap(room[i]) {
			<-room[i]
		}
		spent[i] += time.Since(begin)
		n++
	}
	turns := func(i int) float64 { return float64((n + 1 - i) / 2 * turn) }
	off, on := float64(spent[0])/turns(0), float64(spent[1])/max(turns(1), 1)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(off, "off-ns/event")
	b.ReportMetric(on, "on-ns/event")
	b.ReportMetric(on/off, "on/off")
}

// talker starts a daemon without a log and returns somebody in its room; heard is called
// for each line of the bot.
func talker(b *testing.B, code string, heard func()) *local.Participant {
	b.Helper()
	return talkerWith(b, code, heard, func(*host.Options) {})
}

func talkerWith(b *testing.B, code string, heard func(), change func(*host.Options)) *local.Participant {
	b.Helper()
	files := map[string]string{"scripts/bench.lua": code, "config.yaml": "log: {level: error}\nsessions: [{name: lobby, adapter: local, rooms: [lobby]}]\n"}
	d := startWith(b, b.TempDir(), files, change)
	d.join("lobby", "first")
	p, err := d.hub.Room("lobby").Join(local.Visit{User: engine.User{Name: "ann", Role: engine.Owner}, Hear: func(ev engine.Event) {
		if _, ok := ev.Body.(engine.Message); ok && ev.User.Name == "botd" {
			heard()
		}
	}})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// From New to the moment all scripts are loaded and the session is in its room.
func BenchmarkStart(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("scripts=%d", n), func(b *testing.B) {
			dir := b.TempDir()
			files := &daemon{t: b, dir: dir}
			for i := range n {
				files.write(fmt.Sprintf("scripts/s%d.lua", i), `
					local st = {}
					bot.command("c`+fmt.Sprint(i)+`", function(ev, rest) st[ev.user.id] = (st[ev.user.id] or 0) + 1 ev:reply("hi " .. st[ev.user.id]) end)
					bot.on("join", function(ev) log.info("joined " .. ev.user.name) end)`)
			}
			cfg, err := config.Parse(dir+"/config.yaml", nil, nil)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				h, err := host.New(host.Options{
					Config: cfg, Adapters: []engine.Adapter{local.Adapter(local.NewHub(local.Options{}))}, Library: luaapi.New(),
					Log: slog.New(slog.DiscardHandler), ShowError: func(e *script.Error) { b.Error(e) },
				})
				if err != nil {
					b.Fatal(err)
				}
				ctx, cancel := context.WithCancel(context.Background())
				ended := make(chan error, 1)
				go func() { ended <- h.Run(ctx) }()
				<-h.Ready()
				b.StopTimer()
				cancel()
				if err := <-ended; err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}
