package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/outbox"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wire is a session's sending side: it records what arrives and answers as told.
type wire struct {
	outbox *outbox.Outbox

	mu      sync.Mutex
	caps    map[engine.RoomID]engine.Capabilities // "" for every other room
	sent    []string                              // "room:text"
	times   []time.Time
	busy    bool
	answer  func(a engine.Action, done func(engine.Receipt)) // Sent if nil
	overlap bool                                             // Do was called while it was running
}

func newWire(t *testing.T, caps engine.Capabilities, change func(*outbox.Config)) *wire {
	t.Helper()
	w := &wire{caps: map[engine.RoomID]engine.Capabilities{"": caps}}
	cfg := outbox.Config{Session: "s", Caps: w.capsOf, Do: w.do}
	if change != nil {
		change(&cfg)
	}
	w.outbox = outbox.New(cfg)
	t.Cleanup(func() {
		w.outbox.Close(nil)
		if w.overlap {
			t.Error("Do was called concurrently")
		}
	})
	return w
}

func (w *wire) capsOf(room engine.RoomID) engine.Capabilities {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c, ok := w.caps[room]; ok {
		return c
	}
	return w.caps[""]
}

func (w *wire) do(_ context.Context, a engine.Action, done func(engine.Receipt)) {
	w.mu.Lock()
	w.overlap = w.overlap || w.busy
	w.busy = true
	w.sent = append(w.sent, string(a.In())+":"+engine.TextOf(a))
	w.times = append(w.times, time.Now())
	answer := w.answer
	w.mu.Unlock()
	if answer != nil {
		answer(a, done)
	} else {
		done(engine.Receipt{Status: engine.Sent})
	}
	w.mu.Lock()
	w.busy = false
	w.mu.Unlock()
}

func (w *wire) log() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.sent)
}

// put queues a line and returns where its receipts go.
func (w *wire) put(room engine.RoomID, lane engine.Lane, text string) *got {
	return w.item(outbox.Item{Action: engine.Say{Room: room, Text: text}, Lane: lane})
}

func (w *wire) item(it outbox.Item) *got {
	g := &got{}
	it.Done = g.done
	w.outbox.Put(it)
	return g
}

type got struct {
	mu       sync.Mutex
	receipts []engine.Receipt
	at       time.Time
}

func (g *got) done(r engine.Receipt) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.receipts = append(g.receipts, r)
	g.at = time.Now()
}

// check wants exactly one receipt.
func (g *got) check(t *testing.T, status engine.Status, code engine.Code) engine.Receipt {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.receipts) != 1 {
		t.Fatalf("%d receipts, want 1: %v", len(g.receipts), g.receipts)
	}
	r := g.receipts[0]
	if r.Status != status || engine.CodeOf(r.Error()) != code {
		t.Errorf("receipt %s %q (%v), want %s %q", r.Status, engine.CodeOf(r.Error()), r.Error(), status, code)
	}
	if r.At.IsZero() {
		t.Error("receipt without a time")
	}
	return r
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
}

var perSecond = engine.Capabilities{Rate: engine.Rate{Burst: 1, PerSecond: 1}}

func TestPutSendsOnTheCallersGoroutine(t *testing.T) {
	w := newWire(t, engine.Capabilities{}, nil)
	w.outbox.Online(true)
	for i := range 3 {
		w.put("r", engine.LaneReply, fmt.Sprint(i)).check(t, engine.Sent, "")
	}
	equal(t, w.log(), []string{"r:0", "r:1", "r:2"})
	if !w.outbox.Idle() {
		t.Error("not idle")
	}
}

func TestLanesAndTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, perSecond, nil)
		for i := range 2 {
			w.put("a", engine.LaneRelay, fmt.Sprint("relay", i))
			w.put("a", engine.LaneAnnounce, fmt.Sprint("announce", i))
			w.put("a", engine.LaneReply, fmt.Sprint("reply", i))
			w.put("a", engine.LaneModeration, fmt.Sprint("mod", i))
		}
		for i := range 2 {
			w.put("b", engine.LaneReply, fmt.Sprint(i))
		}
		w.outbox.Online(true)
		if err := w.outbox.WaitIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		equal(t, w.log(), []string{"a:mod0", "b:0", "a:mod1", "b:1", "a:reply0", "a:reply1",
			"a:announce0", "a:announce1", "a:relay0", "a:relay1"})
		if got := w.times[9].Sub(w.times[0]); got != 9*time.Second {
			t.Errorf("ten lines at one per second took %v, want 9s", got)
		}
	})
}

func TestSlowRoomHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{}, nil)
		w.caps["slow"] = engine.Capabilities{RoomRate: engine.Rate{Burst: 1, PerSecond: 0.1}}
		w.outbox.Online(true)
		for i := range 3 {
			w.put("slow", engine.LaneReply, fmt.Sprint(i))
		}
		w.put("fast", engine.LaneReply, "x").check(t, engine.Sent, "")
		start := time.Now()
		if err := w.outbox.WaitIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		equal(t, w.log(), []string{"slow:0", "fast:x", "slow:1", "slow:2"})
		if got := time.Since(start); got != 20*time.Second {
			t.Errorf("took %v, want 20s", got)
		}
	})
}

func TestCostsAndChangingRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rate := engine.Rate{Burst: 10, PerSecond: 1, PerAction: 1, PerUnit: 0.5}
		w := newWire(t, engine.Capabilities{Text: engine.Limit{Unit: engine.UTF16}, Rate: rate}, nil)
		w.outbox.Online(true)
		w.put("r", engine.LaneReply, "😀😀😀😀") // 8 units: 5 points
		w.put("r", engine.LaneReply, "😀😀😀😀") // 5 more, the bucket is empty
		start := time.Now()
		g := w.put("r", engine.LaneReply, "xx") // 2 points
		synctest.Wait()
		time.Sleep(time.Second)
		// The level, one point now, stays when the rate doubles.
		rate.PerSecond = 2
		w.mu.Lock()
		w.caps[""] = engine.Capabilities{Rate: rate}
		w.mu.Unlock()
		if err := w.outbox.WaitIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.check(t, engine.Sent, "")
		if got := g.at.Sub(start); got != 2*time.Second {
			t.Errorf("sent after %v, want 2s", got)
		}
		g = w.put("r", engine.LaneReply, strings.Repeat("x", 100)) // costs a full bucket, not more
		start = time.Now()
		if err := w.outbox.WaitIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := g.at.Sub(start); got != 5*time.Second {
			t.Errorf("sent after %v, want 5s", got)
		}
	})
}

func TestSplitItems(t *testing.T) {
	fail := errors.New("no")
	tests := []struct {
		name    string
		action  engine.Action
		split   bool
		answers []engine.Receipt // by part, the last one for all others
		want    []string
		status  engine.Status
		code    engine.Code
		message engine.MessageID
	}{
		{"short", engine.Say{Text: "one"}, true, []engine.Receipt{{Status: engine.Echoed, Message: "1"}},
			[]string{":one"}, engine.Echoed, "", "1"},
		{"all echoed", engine.Say{Text: "one two three"}, true,
			[]engine.Receipt{{Status: engine.Echoed, Message: "1"}, {Status: engine.Echoed, Message: "2"}},
			[]string{":one", ":two", ":three"}, engine.Echoed, "", "1"},
		{"worst wins", engine.Emote{Text: "one two three"}, true,
			[]engine.Receipt{{Status: engine.Echoed, Message: "1"}, {Status: engine.Unknown}, {Status: engine.Sent}},
			[]string{":one", ":two", ":three"}, engine.Unknown, "", "1"},
		{"failure stops the rest", engine.Whisper{Text: "one two three"}, true,
			[]engine.Receipt{{Status: engine.Echoed, Message: "1"}, engine.Fail(fail)},
			[]string{":one", ":two"}, engine.Failed, engine.Internal, "1"},
		{"not to be split", engine.Say{Text: "one two"}, false, nil, nil, engine.Failed, engine.Invalid, ""},
		{"cannot be split", engine.SetTopic{Text: "one two"}, true, nil, nil, engine.Failed, engine.Invalid, ""},
		{"blank", engine.Say{Text: "         "}, true, nil, nil, engine.Failed, engine.Invalid, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, engine.Capabilities{Text: engine.Limit{Max: 5}}, nil)
			n := 0
			w.answer = func(_ engine.Action, done func(engine.Receipt)) {
				r := tt.answers[min(n, len(tt.answers)-1)]
				n++
				done(r)
			}
			w.outbox.Online(true)
			g := w.item(outbox.Item{Action: tt.action, Split: tt.split})
			r := g.check(t, tt.status, tt.code)
			if r.Message != tt.message {
				t.Errorf("message %q, want %q", r.Message, tt.message)
			}
			equal(t, w.log(), tt.want)
		})
	}
}

func TestOfflineItemsWaitAndAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{}, nil)
		start := time.Now()
		lanes := [engine.LaneCount]*got{}
		for l := range engine.LaneCount {
			lanes[l] = w.put("r", l, l.String())
		}
		own := w.item(outbox.Item{Action: engine.Say{Room: "r", Text: "own"}, Lane: engine.LaneRelay, DropAfter: time.Hour})
		time.Sleep(11 * time.Minute)
		for l, g := range lanes {
			g.check(t, engine.Failed, engine.NotConnected)
			if got, want := g.at.Sub(start), outbox.DropAfter(engine.Lane(l)); got != want {
				t.Errorf("%v dropped after %v, want %v", engine.Lane(l), got, want)
			}
		}
		w.outbox.Online(true)
		synctest.Wait()
		own.check(t, engine.Sent, "")
		if s := w.outbox.Stats(); s.Dropped["offline"] != 4 || s.Failed != 4 || s.Sent != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestTooSlowIsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{Rate: engine.Rate{Burst: 1, PerSecond: 0.01}}, nil)
		w.outbox.Online(true)
		w.put("r", engine.LaneReply, "1").check(t, engine.Sent, "")
		g := w.put("r", engine.LaneReply, "2")
		time.Sleep(time.Minute)
		g.check(t, engine.Failed, engine.Timeout)
	})
}

// Each part of a long text has its own time to wait.
func TestPartsAreNotLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		caps := engine.Capabilities{Text: engine.Limit{Max: 1}, Rate: engine.Rate{Burst: 1, PerSecond: 0.05}}
		w := newWire(t, caps, nil)
		w.outbox.Online(true)
		g := w.item(outbox.Item{Action: engine.Say{Text: "a b c d"}, Lane: engine.LaneReply, Split: true})
		time.Sleep(2 * time.Minute)
		g.check(t, engine.Sent, "")
	})
}

func TestHoldKeepsOneRoomBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{}, nil)
		w.outbox.Online(true)
		w.outbox.Hold("a", true)
		w.put("a", engine.LaneReply, "1")
		w.put("b", engine.LaneReply, "2").check(t, engine.Sent, "")
		w.item(outbox.Item{Action: engine.Join{Room: "a"}}).check(t, engine.Sent, "")
		w.outbox.Hold("a", false)
		synctest.Wait()
		equal(t, w.log(), []string{"b:2", "a:", "a:1"})
	})
}

func TestSecondChances(t *testing.T) {
	limited := engine.Receipt{Status: engine.Failed, Err: &engine.Error{Code: engine.RateLimited, RetryAfter: 5 * time.Second}}
	lost := engine.Fail(engine.Errorf(engine.NotConnected, "gone"))
	unknown := engine.Receipt{Status: engine.Unknown, Err: engine.Errorf(engine.NotConnected, "gone")}
	tests := []struct {
		name   string
		answer []engine.Receipt // the first ones, Sent after
		async  bool
		want   []string
		status engine.Status
		code   engine.Code
		took   time.Duration // until the second line left
	}{
		{"rate limited", []engine.Receipt{limited}, false, []string{"r:1", "r:1", "r:2"}, engine.Sent, "", 5 * time.Second},
		{"rate limited four times", []engine.Receipt{limited, limited, limited, limited}, false, []string{"r:1", "r:1", "r:1", "r:1", "r:1", "r:2"}, engine.Sent, "", 20 * time.Second},
		{"rate limited once more", []engine.Receipt{limited, limited, limited, limited, limited}, false, []string{"r:1", "r:1", "r:1", "r:1", "r:1", "r:2"}, engine.Failed, engine.RateLimited, 25 * time.Second},
		{"not connected", []engine.Receipt{lost}, false, []string{"r:1", "r:1", "r:2"}, engine.Sent, "", time.Second},
		{"not connected twice", []engine.Receipt{lost, lost}, false, []string{"r:1", "r:1", "r:2"}, engine.Failed, engine.NotConnected, 2 * time.Second},
		{"perhaps written", []engine.Receipt{unknown}, false, []string{"r:1", "r:2"}, engine.Unknown, engine.NotConnected, 0},
		// Both were written when the answers came; both go out again, in order.
		{"late answers", []engine.Receipt{limited, limited}, true, []string{"r:1", "r:2", "r:1", "r:2"}, engine.Sent, "", 5*time.Second + time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, engine.Capabilities{RoomRate: engine.Rate{Burst: 100, PerSecond: 100}}, nil)
				n := 0
				w.answer = func(_ engine.Action, done func(engine.Receipt)) {
					r := engine.Receipt{Status: engine.Sent}
					if n < len(tt.answer) {
						r = tt.answer[n]
					}
					n++
					if tt.async {
						time.AfterFunc(time.Millisecond, func() { done(r) })
						return
					}
					done(r)
				}
				w.outbox.Online(true)
				start := time.Now()
				first := w.put("r", engine.LaneReply, "1")
				w.put("r", engine.LaneReply, "2")
				if err := w.outbox.WaitIdle(t.Context()); err != nil {
					t.Fatal(err)
				}
				first.check(t, tt.status, tt.code)
				equal(t, w.log(), tt.want)
				if got := w.times[len(w.times)-1].Sub(start); got != tt.took {
					t.Errorf("took %v, want %v", got, tt.took)
				}
			})
		})
	}
}

// A connection that ends under the hands of the outbox costs no message.
func TestLostRaceWaitsForReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{}, nil)
		up := false
		w.answer = func(_ engine.Action, done func(engine.Receipt)) {
			if !up {
				done(engine.Fail(engine.Errorf(engine.NotConnected, "gone")))
				return
			}
			done(engine.Receipt{Status: engine.Sent})
		}
		w.outbox.Online(true)
		g := w.put("r", engine.LaneReply, "1")
		w.outbox.Online(false)
		time.Sleep(20 * time.Second)
		up = true
		w.outbox.Online(true)
		synctest.Wait()
		g.check(t, engine.Sent, "")
		equal(t, w.log(), []string{"r:1", "r:1"})
	})
}

func TestRateLimitRestsTheSharedBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{Rate: engine.Rate{Burst: 100, PerSecond: 100}}, nil)
		n := 0
		w.answer = func(_ engine.Action, done func(engine.Receipt)) {
			if n++; n == 1 {
				done(engine.Fail(&engine.Error{Code: engine.RateLimited, RetryAfter: 3 * time.Second}))
				return
			}
			done(engine.Receipt{Status: engine.Sent})
		}
		w.outbox.Online(true)
		start := time.Now()
		w.put("a", engine.LaneReply, "1")
		other := w.put("b", engine.LaneReply, "2")
		if err := w.outbox.WaitIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := other.at.Sub(start); got != 3*time.Second {
			t.Errorf("the other room waited %v, want 3s", got)
		}
	})
}

func TestProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{}, func(c *outbox.Config) { c.Proof = 10 * time.Second })
		var late func(engine.Receipt)
		w.answer = func(_ engine.Action, done func(engine.Receipt)) { late = done }
		w.outbox.Online(true)
		g := w.put("r", engine.LaneReply, "1")
		if w.outbox.Idle() {
			t.Error("idle before the proof")
		}
		if s := w.outbox.Stats(); s.InFlight != 1 {
			t.Errorf("stats %+v", s)
		}
		start := time.Now()
		time.Sleep(11 * time.Second)
		g.check(t, engine.Unknown, engine.Timeout)
		if got := g.at.Sub(start); got != 10*time.Second {
			t.Errorf("gave up after %v", got)
		}
		late(engine.Receipt{Status: engine.Sent})
		g.check(t, engine.Unknown, engine.Timeout) // still the one receipt
	})
}

func TestQuota(t *testing.T) {
	tests := []struct {
		name   string
		change func(*outbox.Config)
		accept int
	}{
		{"session", func(c *outbox.Config) { c.Max = 3 }, 3},
		{"room", func(c *outbox.Config) { c.MaxRoom = 2 }, 2},
		{"bytes", func(c *outbox.Config) { c.MaxBytes = 40 }, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, engine.Capabilities{}, tt.change)
			for i := range 6 {
				g := w.put("r", engine.LaneReply, "ten bytes!")
				if i >= tt.accept {
					g.check(t, engine.Failed, engine.Quota)
				} else if len(g.receipts) > 0 {
					t.Errorf("item %d: %v", i, g.receipts)
				}
			}
			if s := w.outbox.Stats(); s.Queued["reply"] != tt.accept || s.Dropped["full"] != uint64(6-tt.accept) {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

func TestCloseSettlesEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, perSecond, nil)
		w.answer = func(engine.Action, func(engine.Receipt)) {}
		w.outbox.Online(true)
		flying := w.put("r", engine.LaneReply, "1")
		waiting := w.put("r", engine.LaneReply, "2")
		w.outbox.Close(errors.New("the end"))
		flying.check(t, engine.Unknown, engine.Cancelled)
		waiting.check(t, engine.Failed, engine.Cancelled)
		w.put("r", engine.LaneReply, "3").check(t, engine.Failed, engine.Cancelled)
		w.outbox.Online(true)
		synctest.Wait()
		equal(t, w.log(), []string{"r:1"})
		if !w.outbox.Idle() {
			t.Error("not idle")
		}
	})
}

// Close waits for a Do that is running, whose ctx it ends.
func TestCloseWaitsForDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		returned := false
		o := outbox.New(outbox.Config{
			Session: "s",
			Caps:    func(engine.RoomID) engine.Capabilities { return engine.Capabilities{} },
			Do: func(ctx context.Context, _ engine.Action, done func(engine.Receipt)) {
				<-ctx.Done()
				time.Sleep(time.Second)
				returned = true
				done(engine.Receipt{Status: engine.Sent})
			},
		})
		g := &got{}
		o.Put(outbox.Item{Action: engine.Say{Text: "x"}, Done: g.done}) // offline: waits
		o.Online(true)
		synctest.Wait()
		o.Close(nil)
		if !returned {
			t.Error("Close returned before Do")
		}
		g.check(t, engine.Sent, "")
	})
}

// Nobody's panic stops the outbox.
func TestPanics(t *testing.T) {
	armed := true // once
	boom := func(where, text string) {
		if armed && where == text {
			armed = false
			panic("boom")
		}
	}
	for _, where := range []string{"do", "caps", "done"} {
		t.Run(where, func(t *testing.T) {
			armed = true
			var log strings.Builder
			o := outbox.New(outbox.Config{
				Session: "s",
				Log:     slog.New(slog.NewTextHandler(&log, nil)),
				Caps: func(engine.RoomID) engine.Capabilities {
					boom("caps", where)
					return engine.Capabilities{}
				},
				Do: func(_ context.Context, a engine.Action, done func(engine.Receipt)) {
					boom("do", where)
					done(engine.Receipt{Status: engine.Sent})
				},
			})
			defer o.Close(nil)
			o.Online(true)
			first, second := &got{}, &got{}
			o.Put(outbox.Item{Action: engine.Say{Text: "1"}, Done: func(r engine.Receipt) {
				first.done(r)
				boom("done", where)
			}})
			o.Put(outbox.Item{Action: engine.Say{Text: "2"}, Done: second.done})
			switch where {
			case "do":
				first.check(t, engine.Unknown, engine.Internal)
			case "caps":
				first.check(t, engine.Failed, engine.Internal)
			case "done":
				first.check(t, engine.Sent, "")
			}
			second.check(t, engine.Sent, "")
			if !o.Idle() {
				t.Error("not idle")
			}
			if !strings.Contains(log.String(), "boom") || !strings.Contains(log.String(), "outbox_test.go") {
				t.Errorf("log %q", log.String())
			}
		})
	}
}

// What Done puts goes out after what was already waiting, without recursion.
func TestPutFromDone(t *testing.T) {
	w := newWire(t, engine.Capabilities{}, nil)
	w.outbox.Online(true)
	n := 0
	var next func(engine.Receipt)
	next = func(engine.Receipt) {
		if n++; n < 100_000 { // far more than a stack of nested calls would hold cheaply
			w.outbox.Put(outbox.Item{Action: engine.Say{Text: "x"}, Done: next})
		}
	}
	next(engine.Receipt{})
	if err := w.outbox.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n != 100_000 {
		t.Errorf("%d", n)
	}
}

// Whoever puts from many goroutines sees the order of its own calls kept.
func TestConcurrentPuts(t *testing.T) {
	w := newWire(t, engine.Capabilities{}, nil)
	w.outbox.Online(true)
	var wg sync.WaitGroup
	const writers, lines = 8, 500
	for id := range writers {
		room := engine.RoomID(fmt.Sprint("r", id))
		wg.Go(func() {
			for i := range lines {
				w.put(room, engine.LaneReply, fmt.Sprint(i))
			}
		})
	}
	wg.Wait()
	if err := w.outbox.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	next := map[string]int{}
	for _, s := range w.log() {
		room, n, _ := strings.Cut(s, ":")
		if fmt.Sprint(next[room]) != n {
			t.Fatalf("%s sent %s, want %d", room, n, next[room])
		}
		next[room]++
	}
	if len(next) != writers || len(w.log()) != writers*lines {
		t.Errorf("%d lines of %d rooms", len(w.log()), len(next))
	}
}
