package outbox_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/outbox"
)

var sent = engine.Receipt{Status: engine.Sent}

func limited(after time.Duration) engine.Receipt {
	return engine.Fail(&engine.Error{Code: engine.RateLimited, RetryAfter: after})
}

// later has the wire keep its answers until land gives them.
func (w *wire) later() *flying {
	f := &flying{}
	w.answer = f.keep
	return f
}

type flying struct {
	mu    sync.Mutex
	dones []func(engine.Receipt)
}

func (f *flying) keep(_ engine.Action, done func(engine.Receipt)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dones = append(f.dones, done)
}

// land answers the n-th action.
func (f *flying) land(n int, r engine.Receipt) {
	f.mu.Lock()
	done := f.dones[n]
	f.mu.Unlock()
	done(r)
}

// Whatever order refusals come in, what was refused goes out again in the order of
// the calls, before what has not been tried yet.
func TestRefusedItemsKeepTheirPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{RoomRate: engine.Rate{Burst: 3, PerSecond: 1}}, nil)
		w.outbox.Online(true)
		flying := w.later()
		for i := range 5 {
			w.put("r", engine.LaneReply, fmt.Sprint(i))
		}
		for _, i := range []int{1, 2, 0} {
			flying.land(i, limited(10*time.Second))
		}
		w.answer = nil
		if err := w.outbox.WaitIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		equal(t, w.log(), []string{"r:0", "r:1", "r:2", "r:0", "r:1", "r:2", "r:3", "r:4"})
	})
}

// The answer to an attempt that is over says nothing about the next one.
func TestStaleAnswerIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{}, nil)
		w.outbox.Online(true)
		flying := w.later()
		g := w.put("r", engine.LaneReply, "x")
		flying.land(0, limited(time.Second))
		time.Sleep(2 * time.Second)
		flying.land(0, engine.Fail(engine.Errorf(engine.Denied, "no")))
		flying.land(1, sent)
		g.check(t, engine.Sent, "")
	})
}

// There is no sense in waiting for a moment at which the item would be too old.
func TestNoSecondChanceAfterTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{}, nil)
		w.outbox.Online(true)
		flying := w.later()
		g := w.put("r", engine.LaneReply, "x")
		flying.land(0, limited(time.Hour))
		if r := g.check(t, engine.Failed, engine.RateLimited); r.Err.RetryAfter != time.Hour {
			t.Errorf("retry after %v", r.Err.RetryAfter)
		}
		w.put("r", engine.LaneReply, "y")
		synctest.Wait()
		equal(t, w.log(), []string{"r:x"}) // the room rests all the same
	})
}

// Once a part has failed no other part of its item goes out, not even again.
func TestFailedPartEndsTheItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{Text: engine.Limit{Max: 1}}, nil)
		w.outbox.Online(true)
		flying := w.later()
		g := w.item(outbox.Item{Action: engine.Say{Room: "r", Text: "a b"}, Split: true})
		flying.land(0, engine.Fail(engine.Errorf(engine.Denied, "no")))
		flying.land(1, limited(time.Second))
		time.Sleep(time.Minute)
		g.check(t, engine.Failed, engine.Denied)
		equal(t, w.log(), []string{"r:a", "r:b"})
	})
}

func TestAgeOnHoldIsNotConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{}, nil)
		w.outbox.Online(true)
		w.outbox.Hold("r", true)
		g := w.put("r", engine.LaneReply, "x")
		time.Sleep(time.Minute)
		g.check(t, engine.Failed, engine.NotConnected)
	})
}

// What changes while the session is asked for its capabilities counts.
func TestOfflineWhileAskingForCaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o *outbox.Outbox
		o = outbox.New(outbox.Config{
			Session: "s",
			Caps: func(engine.RoomID) engine.Capabilities {
				o.Online(false)
				return engine.Capabilities{}
			},
			Do: func(context.Context, engine.Action, func(engine.Receipt)) { t.Error("sent while offline") },
		})
		defer o.Close(nil)
		o.Online(true)
		o.Put(outbox.Item{Action: engine.Say{Text: "x"}})
		if s := o.Stats(); s.Queued["moderation"] != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

// An action that is being written when the outbox closes, and never answered, is
// settled too.
func TestCloseDuringDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := outbox.New(outbox.Config{
			Session: "s",
			Caps:    func(engine.RoomID) engine.Capabilities { return engine.Capabilities{} },
			Do:      func(ctx context.Context, _ engine.Action, _ func(engine.Receipt)) { <-ctx.Done() },
		})
		g := &got{}
		o.Put(outbox.Item{Action: engine.Say{Text: "x"}, Done: g.done})
		o.Online(true)
		synctest.Wait()
		o.Close(nil)
		g.check(t, engine.Unknown, engine.Cancelled)
		if !o.Idle() {
			t.Error("not idle")
		}
	})
}

// Whoever puts one item does not have to send everybody's.
func TestPutHandsOverLongWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{}, nil)
		w.outbox.Online(true)
		n := 0
		w.answer = func(_ engine.Action, done func(engine.Receipt)) {
			if n++; n > 100 {
				time.Sleep(time.Second)
			}
			done(sent)
		}
		start := time.Now()
		w.outbox.Put(outbox.Item{Action: engine.Say{Text: "first"}, Done: func(engine.Receipt) {
			for range 200 {
				w.outbox.Put(outbox.Item{Action: engine.Say{Text: "more"}})
			}
		}})
		if d := time.Since(start); d != 0 {
			t.Errorf("Put took %v", d)
		}
		if err := w.outbox.WaitIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

// Nothing ticks while there is nothing to do, whatever happened before.
func TestNoTimerWhenIdle(t *testing.T) {
	clock := enginetest.NewClock(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	w := newWire(t, perSecond, func(c *outbox.Config) { c.Clock = clock })
	w.outbox.Online(true)
	for i := range 5 {
		w.put("r", engine.LaneReply, fmt.Sprint(i))
	}
	if n := clock.Timers(); n != 1 {
		t.Errorf("%d timers while waiting, want 1", n)
	}
	clock.Advance(10 * time.Second)
	equal(t, w.log(), []string{"r:0", "r:1", "r:2", "r:3", "r:4"})
	if n := clock.Timers(); n != 0 {
		t.Errorf("%d timers when idle", n)
	}
	flying := w.later()
	w.put("r", engine.LaneReply, "proof")
	if n := clock.Timers(); n != 1 {
		t.Errorf("%d timers while a proof is out, want 1", n)
	}
	flying.land(0, sent)
	if n := clock.Timers(); n != 0 {
		t.Errorf("%d timers when idle", n)
	}
}

// Rooms that were used once are not kept for ever. A level is kept while it matters, a
// hold for ever, and an item in flight may come back to a room that was forgotten.
func TestManyRoomsCostNoMemory(t *testing.T) {
	clock := enginetest.NewClock(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	caps := engine.Capabilities{RoomRate: engine.Rate{Burst: 1, PerSecond: 0.1}}
	w := newWire(t, caps, func(c *outbox.Config) { c.Clock, c.Proof = clock, 1e6*time.Hour })
	w.outbox.Online(true)
	w.outbox.Hold("held", true)
	w.put("first", engine.LaneReply, "1").check(t, engine.Sent, "")
	for i := range 2000 {
		w.put(engine.RoomID(fmt.Sprint(i)), engine.LaneReply, "x").check(t, engine.Sent, "")
	}
	w.put("first", engine.LaneReply, "2")
	if w.outbox.Queued("first") != 1 {
		t.Error("a room forgot that it had no tokens left")
	}
	flying := w.later()
	lost := w.item(outbox.Item{Action: engine.Say{Room: "flying", Text: "x"}, DropAfter: 1e6 * time.Hour})
	w.answer = nil
	clock.Advance(time.Minute)
	for i := range 10_000 {
		w.put(engine.RoomID(fmt.Sprint("more", i)), engine.LaneReply, "x")
		clock.Advance(time.Minute)
	}
	if n := outbox.Rooms(w.outbox); n > 2500 {
		t.Errorf("%d rooms are kept", n)
	}
	if w.put("held", engine.LaneReply, "x"); w.outbox.Queued("held") != 1 {
		t.Error("a hold was forgotten")
	}
	w.outbox.Online(false)
	flying.land(0, limited(time.Second))
	w.put("flying", engine.LaneReply, "y")
	if n := w.outbox.Queued("flying"); n != 2 {
		t.Errorf("%d items wait in a room that was forgotten and came back, want 2", n)
	}
	w.outbox.Close(nil)
	lost.check(t, engine.Failed, engine.Cancelled)
}

func TestManyBusyRooms(t *testing.T) {
	w := newWire(t, engine.Capabilities{}, nil)
	const rooms = 3000
	for i := range rooms {
		w.put(engine.RoomID(fmt.Sprint(i)), engine.LaneReply, "x")
	}
	for i := range rooms {
		if n := w.outbox.Queued(engine.RoomID(fmt.Sprint(i))); n != 1 {
			t.Fatalf("%d items wait in room %d, want 1", n, i)
		}
	}
}

// An item with a mark is not sent before the mark is made, and holds up its own room alone;
// what is more urgent goes before it once the room moves.
func TestMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, engine.Capabilities{}, nil)
		w.outbox.Online(true)
		var marked []func()
		g := w.item(outbox.Item{Action: engine.Say{Room: "a", Text: "marked"}, Lane: engine.LaneAnnounce, Mark: func(done func()) { marked = append(marked, done) }})
		w.put("a", engine.LaneReply, "reply")
		w.put("b", engine.LaneReply, "elsewhere")
		if got := strings.Join(w.log(), " "); got != "b:elsewhere" {
			t.Errorf("sent %s", got)
		}
		if len(marked) != 1 {
			t.Fatalf("marked %d times", len(marked))
		}
		marked[0]()
		synctest.Wait()
		if got := strings.Join(w.log(), " "); got != "b:elsewhere a:reply a:marked" {
			t.Errorf("sent %s", got)
		}
		g.check(t, engine.Sent, "")
		now := w.item(outbox.Item{Action: engine.Say{Room: "a", Text: "at once"}, Mark: func(done func()) { done() }})
		now.check(t, engine.Sent, "")
		late := w.item(outbox.Item{Action: engine.Say{Room: "a", Text: "never"}, DropAfter: time.Second, Mark: func(func()) {}})
		time.Sleep(2 * time.Second)
		late.check(t, engine.Failed, engine.Timeout)
	})
}
