package tests

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"botd/adapters/local"
	"botd/engine"
	"botd/engine/config"
	"botd/engine/enginetest"
	"botd/engine/host"
	"botd/engine/script"
	"botd/engine/store"
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

// BenchmarkKey says what it costs that an event has a key, by which it is delivered once: an event
// without one (off) and with it (on), in turns of one run as in BenchmarkTrace. The writes of the
// store for an event with a key are counted, too; an answer is marked before it leaves.
func BenchmarkKey(b *testing.B) {
	for name, code := range map[string]string{
		"heard":    `local n = 0 bot.on("message", function(ev) n = n + 1 end)`,
		"state":    `local st = state{ n = 0 } bot.on("message", function(ev) st.n = st.n + 1 end)`,
		"answered": `bot.command("ping", function(ev, rest) ev:reply("pong " .. rest) end)`,
	} {
		b.Run(name, func(b *testing.B) { benchmarkKey(b, code) })
	}
}

func benchmarkKey(b *testing.B, code string) {
	const turn = 2000
	var spent [2]time.Duration
	var who [2]*keyed
	for i := range who {
		who[i] = newKeyed(b, code, i == 1)
	}
	n := 0
	for b.Loop() {
		i := n % 2
		begin := time.Now()
		for range turn {
			who[i].hear()
		}
		if err := who[i].host.WaitIdle(b.Context()); err != nil {
			b.Fatal(err)
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
	b.ReportMetric(float64(who[1].writes.Load())/max(turns(1), 1), "writes/event")
}

// keyed is a daemon on a network that gives its events keys, or does not.
type keyed struct {
	*daemon
	net    *enginetest.Network
	keys   bool
	told   int
	writes atomic.Int64
}

func newKeyed(b *testing.B, code string, keys bool) *keyed {
	k := &keyed{keys: keys}
	k.net = &enginetest.Network{Do: func(*enginetest.Session, engine.Action) engine.Receipt {
		return engine.Receipt{Status: engine.Sent}
	}}
	dir := b.TempDir()
	s, err := store.Open(b.Context(), filepath.Join(dir, "botd.db"), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	k.daemon = startWith(b, dir, map[string]string{
		"config.yaml":   "log: {level: error}\nsessions: [{name: net, adapter: fake, rooms: [r]}]\n",
		"scripts/a.lua": code,
	}, func(o *host.Options) { o.Store = counted{s, &k.writes} }, k.net.Adapter())
	if err := k.host.WaitOnline(b.Context(), "net/r"); err != nil {
		b.Fatal(err)
	}
	return k
}

func (k *keyed) hear() {
	ev := engine.Event{Room: engine.Room{ID: "r"}, User: engine.User{Name: "ann", ID: "ann"}, Body: engine.Message{Text: "!ping 7"}}
	if k.told++; k.keys {
		ev.Key = "key " + strconv.Itoa(k.told)
	}
	k.net.In("r").Emit(ev)
}

// counted counts what is written to a store.
type counted struct {
	store.Store
	n *atomic.Int64
}

func (c counted) Submit(b store.Batch, done func(store.Result)) {
	c.n.Add(1)
	c.Store.Submit(b, done)
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
