package outbox_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/outbox"
)

var decaying = engine.Rate{Burst: 20, HalfLife: 30 * time.Second, Shared: "address"}

func TestBucketDecays(t *testing.T) {
	var b outbox.Bucket
	now := time.Unix(1000, 0)
	for range 20 {
		if d := b.Take(now, decaying, 1, nil); d != 0 {
			t.Fatalf("a full bucket asks to wait %v", d)
		}
	}
	d := b.Take(now, decaying, 10, "x")
	if d != 30*time.Second {
		t.Errorf("half of it is back after %v, want 30s", d)
	}
	if b.Try(now, decaying, 0.001) {
		t.Error("there was something for who does not wait")
	}
	if b.Try(now.Add(d), decaying, 10) {
		t.Error("somebody got ahead of the line")
	}
	if b.Take(now.Add(d), decaying, 10, "x") != 0 {
		t.Error("nothing after the time it named")
	}
	if b.Full(now.Add(time.Minute)) || !b.Full(now.Add(10*time.Minute)) {
		t.Error("it is not full when it should be")
	}
}

func TestBucketLine(t *testing.T) {
	r := engine.Rate{Burst: 4, PerSecond: 1}
	now := time.Unix(1000, 0)
	at := func(seconds float64) time.Time { return now.Add(time.Duration(seconds * float64(time.Second))) }
	var b outbox.Bucket
	b.Take(now, r, 4, nil)
	for i, who := range []string{"a", "b", "c"} {
		if d := b.Take(now, r, 2, who); d != time.Duration(2*(i+1))*time.Second {
			t.Errorf("%s waits %v", who, d)
		}
	}
	if d := b.Take(at(2), r, 2, "b"); d != 2*time.Second {
		t.Errorf("b came too early and waits %v, want 2s", d)
	}
	if b.Take(at(2), r, 2, "a") != 0 {
		t.Error("a does not get its turn")
	}
	b.Leave("b")
	if b.Take(at(4), r, 2, "c") != 0 {
		t.Error("c waits for b, who has left")
	}
	b.Take(at(4), r, 2, "gone") // due at 6
	if d := b.Take(at(4), r, 2, "d"); d != 4*time.Second {
		t.Errorf("d waits %v, want 4s", d)
	}
	if d := b.Take(at(7.5), r, 2, "d"); d != 0 {
		t.Errorf("d waits %v more for one who did not come", d)
	}
	if d := b.Take(at(7.5), r, 0, "e"); d != 0 {
		t.Errorf("what costs nothing waits %v", d)
	}
}

// Outboxes that share a bucket take turns, and together stay within it.
func TestSharedBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := map[string]*outbox.Bucket{"address": {}}
		caps := engine.Capabilities{Rate: decaying, Prices: map[string]float64{engine.PriceConnect: 4, "rename": 7}}
		var wires []*wire
		for range 3 {
			w := newWire(t, caps, func(c *outbox.Config) {
				c.Shared = func(name string) *outbox.Bucket { return shared[name] }
			})
			wires = append(wires, w)
			if d := w.outbox.PayConnect(caps); d != 0 { // 12 in all
				t.Fatalf("connecting waits %v", d)
			}
			w.outbox.Online(true)
		}
		start := time.Now()
		w := wires[0]
		w.item(outbox.Item{Action: engine.Rename{Room: "r", Name: "x"}}) // 19
		w.put("r", engine.LaneReply, "now")                              // 20
		for n := range 40 {
			for i, w := range wires {
				w.outbox.Put(outbox.Item{Action: engine.Say{Room: "r", Text: fmt.Sprint(i, n)}, Lane: engine.LaneAnnounce})
			}
		}
		synctest.Wait()
		if got := len(wires[0].log()) + len(wires[1].log()) + len(wires[2].log()); got != 2 {
			t.Errorf("%d went at once, want the rename and a line", got)
		}
		if wires[2].outbox.Pay(decaying, 1) {
			t.Error("the session itself got ahead of those who wait")
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		counts := []int{len(wires[0].log()) - 2, len(wires[1].log()), len(wires[2].log())}
		if slices.Max(counts)-slices.Min(counts) > 1 {
			t.Errorf("unfair: %v", counts)
		}
		// 20 of a score that decays is kept up by 0.462 points a second.
		if total := counts[0] + counts[1] + counts[2]; total < 54 || total > 56 {
			t.Errorf("%d lines in two minutes, want 55", total)
		}
		for _, w := range wires {
			if err := w.outbox.WaitIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d > 5*time.Minute {
			t.Errorf("120 lines took %v", d)
		}
	})
}

// One that goes offline or ends does not keep its place.
func TestSharedBucketLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &outbox.Bucket{}
		rate := engine.Rate{Burst: 10, PerSecond: 0.1, Shared: "b"}
		share := func(c *outbox.Config) { c.Shared = func(string) *outbox.Bucket { return b } }
		first := newWire(t, engine.Capabilities{Rate: rate}, share)
		second := newWire(t, engine.Capabilities{Rate: rate}, share)
		b.Take(time.Now(), rate, 10, nil)
		first.outbox.Online(true)
		second.outbox.Online(true)
		first.put("r", engine.LaneAnnounce, "x")
		synctest.Wait()
		second.put("r", engine.LaneAnnounce, "y")
		synctest.Wait()
		first.outbox.Online(false)
		time.Sleep(21 * time.Second) // where it would be second in the line
		synctest.Wait()
		equal(t, second.log(), []string{"r:y"})
		equal(t, first.log(), nil)
	})
}
