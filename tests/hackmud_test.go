package tests

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/adaptertest"
	"botd/adapters/hackmud"
	"botd/adapters/hackmud/hackmudtest"
	"botd/engine"
	"botd/engine/config"
	"botd/engine/host"
	"botd/engine/store"
	"botd/luaapi"
)

// counter is a script that counts how often it gets each message, join and leave.
const counter = `
bot.on("message", {self = true, history = true}, function(ev) kv.incr("m/" .. ev.text) end)
for _, kind in ipairs{"join", "leave"} do
  bot.on(kind, {self = true}, function(ev) kv.incr(kind .. "/" .. ev.user.name .. "/" .. ("%.3f"):format(ev.time)) end)
end
bot.on("gap", function(ev) if not ev.room then kv.set(("gap/%.3f"):format(ev.from), ev.to) end end)
`

// library is one for all, because those of the package share what they bind.
var library = luaapi.New()

// mortal is a store that dies with its process: at one of its commits, just before it or
// just after.
type mortal struct {
	store.Store
	died chan struct{}
	// spared says when it is not its time yet; nil for never.
	spared func() bool

	mu    sync.Mutex
	left  int // commits until then; 0 lives on
	late  bool
	ended bool
}

func (m *mortal) Submit(b store.Batch, done func(store.Result)) {
	m.mu.Lock()
	dead, dies := m.ended, false
	if m.left > 1 || m.left == 1 && (m.spared == nil || !m.spared()) {
		m.left--
		dies = m.left == 0
	}
	late := m.late
	m.ended = dead || dies
	m.mu.Unlock()
	if dead || dies && !late {
		m.gone(done)
	} else {
		m.Store.Submit(b, func(r store.Result) {
			if dies {
				m.gone(done)
			} else {
				done(r)
			}
		})
	}
	if dies {
		close(m.died)
	}
}

func (m *mortal) gone(done func(store.Result)) {
	done(store.Result{Err: engine.Errorf(engine.NotConnected, "the process is dead")})
}

// world is a hackmud server in memory and what a daemon keeps over its lives.
type world struct {
	t     *testing.T
	sim   *hackmudtest.Server
	wire  *adaptertest.Wire
	token string
	kept  *store.Memory
	cfg   *config.Config
}

// newWorld makes one with the users botty and botty2, in the channels trade and 0000 with
// ann and bob. dir has the scripts.
func newWorld(t *testing.T, dir string, opts hackmudtest.Options, users ...string) *world {
	w := &world{t: t, sim: hackmudtest.New(opts), wire: adaptertest.NewWire(t), kept: store.NewMemory(nil)}
	w.token = w.sim.AddAccount(users...).Token()
	w.sim.Put("trade", append([]string{"ann", "bob"}, users...)...)
	w.sim.Put("0000", "ann", users[0])
	srv := &http.Server{Handler: w.sim}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = srv.Serve(w.wire) // ends with Close
	}()
	t.Cleanup(func() {
		w.sim.Close()
		_ = srv.Close()
		<-served
		_ = w.kept.Close()
	})
	w.configure(dir, `[trade, "0000"]`)
	return w
}

// configure says in which rooms the bot is to be.
func (w *world) configure(dir, rooms string) {
	w.t.Helper()
	text := fmt.Sprintf("data_dir: %s\nscripts_dir: %s\nsessions: [{name: hm, adapter: hackmud, rooms: %s, settings: {url: \"http://127.0.0.1/mobile\", token: %s}}]\n",
		filepath.Join(dir, "data"), filepath.Join(dir, "scripts"), rooms, w.token)
	var err error
	if w.cfg, err = config.Parse(filepath.Join(dir, "config.yaml"), []byte(text), nil); err != nil {
		w.t.Fatal(err)
	}
}

// life runs a daemon until it dies or ctx ends.
func (w *world) life(ctx context.Context, s *mortal, log *lockedBuffer) {
	w.t.Helper()
	h, err := host.New(host.Options{
		Config: w.cfg, Adapters: []engine.Adapter{hackmud.Adapter()}, Library: library, Static: true, Store: s, Dial: w.wire.Dial,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelInfo})),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	select {
	case <-s.died:
		w.wire.Break(adaptertest.Drop)
		cancel()
		<-ended // what a process leaves behind is nothing
	case err := <-ended:
		if err != nil {
			w.t.Errorf("the daemon ended: %v\n%s", err, log)
		}
	}
}

// script writes the only script of a folder for worlds.
func scriptFolder(t *testing.T, code string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "scripts"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "scripts", "a.lua"), []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// counts are the values the script of scriptFolder has stored as numbers.
func (w *world) counts() map[string]float64 {
	w.t.Helper()
	out := map[string]float64{}
	for q := (store.Query{Space: "kv/a"}); ; {
		list, err := w.kept.List(context.Background(), q)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(list) == 0 {
			return out
		}
		for _, e := range list {
			n, err := strconv.ParseFloat(string(e.Value), 64)
			if err != nil {
				w.t.Fatalf("%s: %s", e.Key, e.Value)
			}
			out[e.Key] = n
		}
		q.After = list[len(list)-1].Key
	}
}

// cell is one run of the matrix.
type cell struct {
	after, exclusive bool
	skew             time.Duration
	outage           time.Duration
	quiet            bool
	stream           uint64
}

func (c cell) String() string {
	return fmt.Sprintf("after=%v,exclusive=%v,skew=%v,outage=%v,quiet=%v,stream=%d", c.after, c.exclusive, c.skew, c.outage, c.quiet, c.stream)
}

// cells are all of them: 480.
func cells() []cell {
	var out []cell
	for _, after := range []bool{false, true} {
		for _, exclusive := range []bool{false, true} {
			for _, skew := range []time.Duration{-300 * time.Second, -3 * time.Second, 0, 2700 * time.Millisecond, 300 * time.Second} {
				for _, outage := range []time.Duration{0, 400 * time.Second, 580 * time.Second, 1400 * time.Second} {
					for _, quiet := range []bool{false, true} {
						for stream := range uint64(3) {
							out = append(out, cell{after, exclusive, skew, outage, quiet, stream})
						}
					}
				}
			}
		}
	}
	return out
}

// TestHackmudMatrix: whatever the server's clock, its reading of the window and the bound,
// however long it is away, and whenever the daemon is killed, a script gets each message
// once, but for those in gaps that were announced. No gap is announced for an outage
// under 580 s, and the daemon never asks too often.
func TestHackmudMatrix(t *testing.T) {
	dir := scriptFolder(t, counter)
	all := cells()
	const shards = 4
	for shard := range shards {
		t.Run(fmt.Sprint(shard), func(t *testing.T) {
			t.Parallel()
			for i := shard; i < len(all); i += shards {
				t.Run(all[i].String(), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { all[i].run(t, dir) })
				})
			}
		})
	}
}

func (c cell) run(t *testing.T, dir string) {
	order := []hackmudtest.Order{hackmudtest.Shuffled, hackmudtest.Ascending, hackmudtest.Descending}[c.stream%3]
	w := newWorld(t, dir, hackmudtest.Options{Seed: c.stream, Quirks: hackmudtest.Quirks{
		AfterWindow: c.after, Exclusive: c.exclusive, Skew: c.skew, Delay: 4 * time.Second, Latency: 9 * time.Second, Order: order,
	}}, "botty", "botty2")
	random := rand.New(rand.NewPCG(c.stream, uint64(c.outage)))
	ctx, cancel := context.WithCancel(t.Context())
	var log lockedBuffer
	down := newOutage(c.outage, random)
	var beside sync.WaitGroup
	beside.Go(func() {
		for kills := 4; ctx.Err() == nil; kills-- {
			m := &mortal{Store: w.kept, died: make(chan struct{}), spared: down.brink}
			if kills > 0 {
				m.left, m.late = 3+random.IntN(25), random.IntN(2) == 0
			}
			w.life(ctx, m, &log)
		}
	})
	w.untilPolled()
	c.play(w.sim, down)
	time.Sleep(90 * time.Second) // until all that was said has been heard, and the last kill is over
	cancel()
	beside.Wait()
	c.check(w)
	if t.Failed() {
		t.Logf("log:\n%s", &log)
	}
}

// untilPolled waits until the daemon listens.
func (w *world) untilPolled() {
	for !slices.ContainsFunc(w.sim.Requests(), func(r hackmudtest.Request) bool { return r.Endpoint == "chats" && r.Status == http.StatusOK }) {
		time.Sleep(time.Second)
	}
}

// outage is when the server is away, and how.
type outage struct {
	length time.Duration
	kind   hackmudtest.Kind
	after  time.Duration // of the play

	mu       sync.Mutex
	from, to time.Time // zero until the play begins
}

func newOutage(length time.Duration, random *rand.Rand) *outage {
	kinds := []hackmudtest.Kind{hackmudtest.BadGateway, hackmudtest.Hang, hackmudtest.Reset, hackmudtest.Unavailable, hackmudtest.ErrorPage}
	return &outage{length: length, kind: kinds[random.IntN(len(kinds))], after: time.Duration(20+random.IntN(40)) * time.Second}
}

// brink reports whether a restart, which takes its time, would make a short outage one
// that is too long.
func (o *outage) brink() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	return o.length == 580*time.Second && now.After(o.from.Add(-20*time.Second)) && now.Before(o.to.Add(time.Minute))
}

func (o *outage) run(sim *hackmudtest.Server) {
	o.mu.Lock()
	o.from = time.Now().Add(o.after)
	o.to = o.from.Add(o.length)
	from, to := o.from, o.to
	o.mu.Unlock()
	if o.length == 0 {
		return
	}
	time.Sleep(time.Until(from))
	sim.Down(o.kind)
	time.Sleep(time.Until(to))
	sim.Up()
}

// play has people talk, and the server go away for a while in the middle.
func (c cell) play(sim *hackmudtest.Server, down *outage) {
	pause, length := 6*time.Second, 2*time.Minute
	if c.quiet {
		pause, length = 400*time.Second, 16*time.Minute
	}
	end := time.Now().Add(down.after + c.outage + length)
	var away sync.WaitGroup
	away.Go(func() { down.run(sim) })
	random := rand.New(rand.NewPCG(c.stream, 9))
	for n := 0; time.Now().Before(end); n++ {
		time.Sleep(time.Duration(random.Int64N(int64(2 * pause))))
		say(sim, random, n)
	}
	away.Wait()
}

// say has something happen: mostly a message, sometimes several of one time or one id.
func say(sim *hackmudtest.Server, random *rand.Rand, n int) {
	text := fmt.Sprintf("n%d", n)
	switch random.IntN(8) {
	case 0:
		sim.Tell("ann", "botty", text)
	case 1:
		sim.Tell("botty", "botty2", text)
	case 2:
		sim.Say("botty", "trade", "`N"+text+"`")
	case 3: // two of one time
		m := sim.Say("ann", "trade", text+"a")
		sim.Post(hackmudtest.Message{T: m.T, From: "bob", Channel: "trade", Msg: text + "b"})
	case 4: // two of one id
		m := sim.Say("ann", "0000", text+"a")
		sim.Post(hackmudtest.Message{ID: m.ID, T: m.T, From: "ann", To: "botty", Msg: text + "b"})
	case 5:
		sim.Enter("trade", "cat")
		time.Sleep(time.Second)
		sim.Leave("trade", "cat")
	default:
		sim.Say("bob", "trade", text)
	}
}

// check compares what the script got with what was said.
func (c cell) check(w *world) {
	t := w.t
	t.Helper()
	got := w.counts()
	var gaps [][2]float64
	for key, to := range got {
		if from, ok := strings.CutPrefix(key, "gap/"); ok {
			f, _ := strconv.ParseFloat(from, 64)
			gaps = append(gaps, [2]float64{f, to})
			delete(got, key)
		}
	}
	if c.outage <= 580*time.Second && len(gaps) > 0 {
		t.Errorf("gaps %v for an outage of %v", gaps, c.outage)
	}
	heard := 0
	for _, m := range w.sim.Messages() {
		key := "m/" + strings.Trim(strings.TrimPrefix(m.Msg, "`N"), "`")
		switch {
		case m.Join:
			key = fmt.Sprintf("join/%s/%.3f", m.From, float64(m.T)/1000)
		case m.Leave:
			key = fmt.Sprintf("leave/%s/%.3f", m.From, float64(m.T)/1000)
		}
		n := got[key]
		delete(got, key)
		at := float64(m.T) / 1000
		missed := slices.ContainsFunc(gaps, func(g [2]float64) bool { return g[0]-0.001 <= at && at <= g[1]+0.001 })
		switch {
		case n > 1:
			t.Errorf("%q was handled %v times", key, n)
		case n == 0 && !missed:
			t.Errorf("%q of %.3f was lost; gaps %v", key, at, gaps)
		}
		heard += int(n)
	}
	for key := range got {
		t.Errorf("%q was handled, and nobody said it", key)
	}
	if heard == 0 {
		t.Error("nothing was heard: the run shows nothing")
	}
	for _, v := range w.sim.Violations() {
		t.Errorf("too close to the limits: %s", v)
	}
}
