package bus_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"botd/engine"
	"botd/engine/bus"
)

// message is something said in a room of session "s".
func message(room, text string) *engine.Event {
	return &engine.Event{Session: "s", Room: engine.Room{ID: engine.RoomID(room)}, Body: engine.Message{Text: text}}
}

// recorder is a sink that remembers the texts it got.
type recorder struct{ texts []string }

func (r *recorder) sink(ev *engine.Event) { r.texts = append(r.texts, textOf(ev)) }

func textOf(ev *engine.Event) string {
	if m, ok := ev.Body.(engine.Message); ok {
		return m.Text
	}
	return string(ev.Kind())
}

func texts(events []*engine.Event) []string {
	out := []string{}
	for _, ev := range events {
		out = append(out, textOf(ev))
	}
	return out
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q; want %q", what, got, want)
	}
}

func TestPublishReachesSinksInTheirOrder(t *testing.T) {
	b := bus.New(bus.Options{})
	var got []string
	for _, name := range []string{"first", "second"} {
		b.Attach(func(ev *engine.Event) { got = append(got, name+" "+textOf(ev)) })
	}
	b.Publish(message("lobby", "a"))
	b.Publish(message("lobby", "b"))
	expect(t, "sinks", got, "first a", "second a", "first b", "second b")
}

func TestPublishFillsIDAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bus.New(bus.Options{})
		time.Sleep(time.Hour)
		without, with := message("lobby", "a"), message("lobby", "b")
		elsewhere := time.Date(2024, 5, 1, 12, 0, 0, 0, time.FixedZone("", 3600))
		with.At = elsewhere
		b.Publish(without)
		b.Publish(with)
		if !without.At.Equal(time.Now()) || without.At.Location() != time.UTC {
			t.Errorf("time = %v; want now in UTC", without.At)
		}
		if !with.At.Equal(elsewhere) || with.At.Location() != time.UTC {
			t.Errorf("time = %v; want %v in UTC", with.At, elsewhere)
		}
		if without.ID == "" || without.ID >= with.ID {
			t.Errorf("IDs %q, %q do not grow", without.ID, with.ID)
		}
	})
}

func TestIDsGrowWithinAndAcrossRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last engine.EventID
		for range 3 {
			b := bus.New(bus.Options{Ring: 1})
			for i := range 2000 { // past two carries to the base 36
				ev := message("lobby", "x")
				b.Publish(ev)
				if ev.ID <= last || len(ev.ID) != 16 {
					t.Fatalf("event %d: ID %q after %q", i, ev.ID, last)
				}
				last = ev.ID
			}
			time.Sleep(time.Millisecond)
		}
	})
}

func TestNestedPublishIsQueuedBehind(t *testing.T) {
	b := bus.New(bus.Options{})
	depth := 0
	b.Attach(func(ev *engine.Event) {
		depth++
		defer func() { depth-- }()
		if depth > 1 {
			t.Error("a delivery runs inside another")
		}
		if text := textOf(ev); len(text) < 3 {
			b.Publish(message("lobby", text+"1"))
			b.Publish(message("lobby", text+"2"))
		}
	})
	var seen recorder
	b.Attach(seen.sink)
	b.Publish(message("lobby", "a"))
	expect(t, "a later sink", seen.texts, "a", "a1", "a2", "a11", "a12", "a21", "a22")
}

func TestLongChainOfNestedPublishesNeedsNoStack(t *testing.T) {
	b := bus.New(bus.Options{Ring: 1})
	const links = 100_000
	n := 0
	b.Attach(func(*engine.Event) {
		if n++; n < links {
			b.Publish(message("lobby", "again"))
		}
	})
	b.Publish(message("lobby", "start"))
	if n != links {
		t.Errorf("delivered %d; want %d", n, links)
	}
}

func TestConcurrentPublishersKeepTheirOrder(t *testing.T) {
	const rooms, each = 8, 2000
	b := bus.New(bus.Options{Ring: rooms * each})
	next := make(map[engine.RoomID]int)
	var order []engine.EventID
	b.Attach(func(ev *engine.Event) { // not locked: sinks never run concurrently
		if got, want := textOf(ev), fmt.Sprint(next[ev.Room.ID]); got != want {
			t.Errorf("room %s: got %s; want %s", ev.Room.ID, got, want)
		}
		next[ev.Room.ID]++
		order = append(order, ev.ID)
	})
	var publishers sync.WaitGroup
	for room := range rooms {
		publishers.Go(func() {
			for i := range each {
				b.Publish(message(fmt.Sprint("room", room), fmt.Sprint(i)))
			}
		})
	}
	publishers.Wait()
	if len(order) != rooms*each {
		t.Errorf("delivered %d; want %d", len(order), rooms*each)
	}
	if !slices.IsSorted(order) {
		t.Error("events were not delivered in the order of their IDs")
	}
}

func TestPublishDoesNotWaitForASlowSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bus.New(bus.Options{})
		release := make(chan struct{})
		var seen recorder
		b.Attach(func(ev *engine.Event) {
			if textOf(ev) == "slow" {
				<-release
			}
		})
		b.Attach(seen.sink)
		go b.Publish(message("one", "slow"))
		synctest.Wait()
		b.Publish(message("two", "next")) // would deadlock the test if it waited
		expect(t, "while the sink is busy", seen.texts)
		if b.Idle() {
			t.Error("idle before everything was delivered")
		}
		close(release)
		synctest.Wait()
		if !b.Idle() {
			t.Error("not idle after everything was delivered")
		}
		expect(t, "after it", seen.texts, "slow", "next")
	})
}

func TestPanicOfASinkStopsNothing(t *testing.T) {
	var log bytes.Buffer
	b := bus.New(bus.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	b.Attach(func(ev *engine.Event) { panic("broken sink") })
	var seen recorder
	b.Attach(seen.sink)
	b.Publish(message("lobby", "a"))
	b.Publish(message("lobby", "b"))
	expect(t, "the sink behind", seen.texts, "a", "b")
	if got := strings.Count(log.String(), "broken sink"); got != 2 {
		t.Errorf("the panic is in the log %d times; want 2", got)
	}
}

func TestEventWithoutBodyIsABugOfThePublisher(t *testing.T) {
	b := bus.New(bus.Options{})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("an event without a body was accepted")
			}
		}()
		b.Publish(&engine.Event{})
	}()
	b.Publish(message("lobby", "a")) // and the bus is not locked
	expect(t, "last", texts(b.Last(1)), "a")
}

func TestSinkAttachedInASinkStartsWithTheNextBatch(t *testing.T) {
	b := bus.New(bus.Options{})
	var late recorder
	attached := false
	b.Attach(func(*engine.Event) {
		if !attached {
			attached = true
			b.Attach(late.sink)
		}
	})
	b.Publish(message("lobby", "a"))
	b.Publish(message("lobby", "b"))
	expect(t, "the late sink", late.texts, "b")
}

func TestCounters(t *testing.T) {
	b := bus.New(bus.Options{})
	b.Publish(message("lobby", "a"))
	b.Publish(message("lobby", "b"))
	b.Publish(&engine.Event{Body: engine.Joined{}})
	b.Publish(&engine.Event{Body: engine.Custom{Name: "karma"}})
	b.Publish(&engine.Event{Body: engine.Custom{Name: "quiz"}})
	got := b.Counters()
	want := map[engine.Kind]uint64{"message": 2, "join": 1, "custom": 2}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v; want %v", got, want)
	}
}

func TestRecent(t *testing.T) {
	b := bus.New(bus.Options{Ring: 6, PerRoom: 3})
	for i := range 5 {
		b.Publish(message("lobby", fmt.Sprint(i)))
	}
	b.Publish(&engine.Event{Session: "s", Room: engine.Room{ID: "lobby"}, Body: engine.Joined{}})
	expect(t, "a full room", texts(b.Recent("s/lobby", 10)), "2", "3", "4")
	expect(t, "some of it", texts(b.Recent("s/lobby", 2)), "3", "4")
	expect(t, "none of it", texts(b.Recent("s/lobby", -1)))
	expect(t, "an unknown room", texts(b.Recent("s/nowhere", 10)))
	expect(t, "no room", texts(b.Recent("lobby", 10)))
	expect(t, "another session", texts(b.Recent("t/lobby", 10)))
}

func TestBusyRoomsDoNotForgetQuietOnes(t *testing.T) {
	b := bus.New(bus.Options{Ring: 6, PerRoom: 3})
	b.Publish(message("quiet", "hello"))
	for i := range 100 {
		b.Publish(message("busy", fmt.Sprint(i)))
	}
	expect(t, "the quiet room", texts(b.Recent("s/quiet", 10)), "hello")
}

func TestHistoryOverAllRoomsIsBounded(t *testing.T) {
	b := bus.New(bus.Options{Ring: 6, PerRoom: 3})
	for i, room := range []string{"b", "a", "a", "a", "c", "c", "d", "d"} {
		b.Publish(message(room, fmt.Sprint(room, i)))
	}
	expect(t, "the room silent longest", texts(b.Recent("s/b", 10)))
	expect(t, "the next", texts(b.Recent("s/a", 10)), "a2", "a3")
	expect(t, "the latest", texts(b.Recent("s/d", 10)), "d6", "d7")
}

func TestRoomsThatTakeTurnsShareTheHistory(t *testing.T) {
	b := bus.New(bus.Options{Ring: 6, PerRoom: 6})
	for i := range 30 {
		b.Publish(message(fmt.Sprint("room", i%3), fmt.Sprint(i)))
	}
	for i := range 3 {
		if got := b.Recent(engine.RoomPath(fmt.Sprint("s/room", i)), 6); len(got) != 2 {
			t.Errorf("room %d: %q; want a third of what there is", i, texts(got))
		}
	}
}

func TestLargeEventsAreBoundedByTheirWeight(t *testing.T) {
	large := strings.Repeat("x", 100_000)
	nested := map[string]any{"list": []any{map[string]any{"text": large}}}
	tests := []struct {
		name string
		ev   engine.Event
	}{
		{"message", engine.Event{Body: engine.Message{Text: large}}},
		{"edit", engine.Event{Body: engine.Edited{Text: large}}},
		{"notice", engine.Event{Body: engine.Notice{Text: large}}},
		{"topic", engine.Event{Body: engine.TopicSet{Text: large}}},
		{"contact", engine.Event{Body: engine.Contacted{Text: large}}},
		{"captcha", engine.Event{Body: engine.CaptchaAsked{Image: large}}},
		{"raw", engine.Event{Body: engine.Raw{Data: large}}},
		{"users", engine.Event{Body: engine.Roster{Users: make([]engine.User, 400)}}},
		{"raffle", engine.Event{Body: engine.RaffleChanged{Winners: make([]engine.User, 400)}}},
		{"custom", engine.Event{Body: engine.Custom{Name: "x.y", Data: nested}}},
		{"extra", engine.Event{Body: engine.Joined{}, Extra: nested}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := bus.New(bus.Options{Bytes: 2_000_000})
			for range 30 {
				ev := tt.ev
				ev.Session, ev.Room.ID = "s", "lobby"
				b.Publish(&ev)
			}
			if got := len(b.Last(100)); got < 5 || got > 10 {
				t.Errorf("%d events are remembered; want as many as weigh a megabyte", got)
			}
			if got := len(b.Recent("s/lobby", 100)); got > 10 {
				t.Errorf("%d messages of the room are remembered; want as many as weigh a megabyte", got)
			}
		})
	}
	b := bus.New(bus.Options{Bytes: 2})
	b.Publish(message("lobby", large))
	b.Publish(message("attic", large))
	if got := len(b.Last(9)); got != 1 {
		t.Errorf("%d events are remembered; want the last one however large", got)
	}
	if got := len(b.Recent("s/attic", 9)) + len(b.Recent("s/lobby", 9)); got != 1 {
		t.Errorf("%d messages are remembered; want the last one however large", got)
	}
}

// TestMemoryAgreesWithAList compares what the bus remembers with a list of all
// that was published.
func TestMemoryAgreesWithAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring := rapid.IntRange(1, 8).Draw(t, "ring")
		b := bus.New(bus.Options{Ring: ring})
		var all []string
		for range rapid.IntRange(0, 30).Draw(t, "events") {
			text := rapid.StringMatching(`[a-z]{3}`).Draw(t, "text")
			all = append(all, text)
			b.Publish(message("lobby", text))
		}
		n := rapid.IntRange(0, 30).Draw(t, "n")
		want := all[len(all)-min(n, ring, len(all)):]
		if got := texts(b.Last(n)); !slices.Equal(got, want) {
			t.Fatalf("last %d: %q; want %q", n, got, want)
		}
		if got := texts(b.Recent("s/lobby", n)); !slices.Equal(got, want) {
			t.Fatalf("recent %d: %q; want %q", n, got, want)
		}
	})
}
