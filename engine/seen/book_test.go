package seen_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"botd/engine"
	"botd/engine/seen"
	"botd/engine/store"
)

func open(t testing.TB, s store.Store) *seen.Book {
	b, err := seen.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func event(room string, key int) *engine.Event {
	return &engine.Event{Session: "net", Room: engine.Room{ID: engine.RoomID(room)}, Key: fmt.Sprint(key), Body: engine.Message{}}
}

// told is an event that was delivered.
type told struct {
	room string
	key  int
}

// model is what a book ought to know.
type model struct {
	known, settled map[string][]int // by room, oldest first
	waiting        []told           // delivered and not settled
	first          uint64           // number of the first of them
}

func latest(list []int, n int) []int { return list[max(0, len(list)-n):] }

func (m *model) settle(n int) {
	for _, ev := range m.waiting[:n] {
		m.settled[ev.room] = append(m.settled[ev.room], ev.key)
	}
	m.waiting, m.first = m.waiting[n:], m.first+uint64(n)
}

// A book lets through what is not among the latest keys of a room, and after a crash what was not
// settled; what it keeps is bounded.
func TestBook(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := store.NewMemory(nil)
		defer s.Close()
		b := open(t, s)
		m := model{known: map[string][]int{}, settled: map[string][]int{}, first: 1}
		rt.Repeat(map[string]func(*rapid.T){
			"event": func(rt *rapid.T) {
				room := rapid.SampledFrom([]string{"a", "b", ""}).Draw(rt, "room")
				from := rapid.IntRange(0, 2*seen.Keep).Draw(rt, "key")
				for i := range rapid.IntRange(1, 600).Draw(rt, "number") {
					ev, key := event(room, from+i), from+i
					had := b.Has("net", ev.Room.ID, ev.Key)
					if slices.Contains(latest(m.known[room], seen.Keep), key) && !had {
						rt.Fatalf("%s %d is not known", room, key)
					}
					if !slices.Contains(latest(m.known[room], 2*seen.Keep), key) && had {
						rt.Fatalf("%s %d is known", room, key)
					}
					if b.Fresh(ev) == had {
						rt.Fatalf("%s %d is fresh, and known: %v", room, key, had)
					}
					if !had {
						m.known[room] = append(m.known[room], key)
						b.Delivered(ev)
						m.waiting = append(m.waiting, told{room, key})
					}
				}
			},
			"settle": func(rt *rapid.T) {
				n := rapid.IntRange(0, len(m.waiting)).Draw(rt, "events")
				if err := b.Settle(t.Context(), m.first+uint64(n)-1); err != nil {
					rt.Fatal(err)
				}
				m.settle(n)
				if err := b.Wait(t.Context(), m.first-1); err != nil {
					rt.Fatal(err)
				}
			},
			"crash": func(rt *rapid.T) {
				if rapid.IntRange(0, 3).Draw(rt, "it happens") > 0 {
					return
				}
				b, m.waiting, m.first = open(t, s), nil, 1
				m.known = map[string][]int{}
				for room, keys := range m.settled {
					m.known[room] = slices.Clone(keys)
				}
			},
			"": func(rt *rapid.T) {
				got := b.Unsettled()
				for _, ev := range m.waiting {
					if _, ok := got[seen.Name("net", fmt.Sprint(ev.key))]; !ok {
						rt.Fatalf("%v is not unsettled", ev)
					}
				}
				if len(got) > len(m.waiting) {
					rt.Fatalf("%d are unsettled, want %d", len(got), len(m.waiting))
				}
				if all, err := s.Usage(t.Context(), "engine/delivered"); err != nil || all.Keys > 3*(seen.Keep/64+1) {
					rt.Fatalf("%d pages: %v", all.Keys, err)
				}
			},
		})
	})
}

// Sessions have their own keys, and what has no key is never kept back.
func TestKeysAreOfASession(t *testing.T) {
	b := open(t, store.NewMemory(nil))
	one, other, none := event("a", 1), event("a", 1), &engine.Event{Session: "net"}
	other.Session = "other"
	if !b.Fresh(one) || !b.Fresh(other) || b.Fresh(one) || !b.Fresh(none) || !b.Fresh(none) {
		t.Error("the book mixes them up")
	}
	if seen.Name(one.Session, one.Key) == seen.Name(other.Session, other.Key) || b.Has("third", "a", "1") {
		t.Error("sessions share names")
	}
	b.Delivered(none)
	if n := b.Newest(); n != 0 {
		t.Errorf("%d events to settle, want none", n)
	}
}

// Whatever a network sends for a key, what is remembered of it is short, and the same after a restart.
func TestLongKeys(t *testing.T) {
	s := store.NewMemory(nil)
	b := open(t, s)
	long := strings.Repeat("k", store.MaxValue)
	for _, key := range []string{long + "1", long + "2", "\xff", "\xfe", "\"", "\x00", "<", "ü"} {
		ev := &engine.Event{Session: "net", Key: key}
		if !b.Fresh(ev) || len(ev.Key) > 128 || !b.Has("net", "", key) {
			t.Errorf("%d bytes are left", len(ev.Key))
		}
		b.Delivered(ev)
	}
	if err := b.Settle(t.Context(), b.Newest()); err != nil {
		t.Fatal(err)
	}
	if b = open(t, s); b.Fresh(&engine.Event{Session: "net", Key: long + "1"}) || b.Fresh(&engine.Event{Session: "net", Key: "\xff"}) || !b.Fresh(&engine.Event{Session: "net", Key: long + "3"}) {
		t.Error("long keys are mixed up")
	}
}

// Another store is taken over; what was delivered in this run is not again.
func TestReload(t *testing.T) {
	s := store.NewMemory(nil)
	b := open(t, s)
	deliver := func(key int) {
		if ev := event("a", key); b.Fresh(ev) {
			b.Delivered(ev)
		} else {
			t.Errorf("%d is not fresh", key)
		}
	}
	deliver(1)
	if err := b.Settle(t.Context(), b.Newest()); err != nil {
		t.Fatal(err)
	}
	deliver(2)
	// The store of the backup knows another one.
	if list, err := s.List(t.Context(), store.Query{Space: "engine/delivered"}); err != nil || len(list) != 1 {
		t.Fatal(list, err)
	} else if _, err := store.Commit(t.Context(), s, store.Delete("engine/delivered", list[0].Key)); err != nil {
		t.Fatal(err)
	}
	before := open(t, s)
	if ev := event("a", 9); before.Fresh(ev) {
		before.Delivered(ev)
	}
	if err := before.Settle(t.Context(), before.Newest()); err != nil {
		t.Fatal(err)
	}
	if err := b.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.Wait(t.Context(), b.Newest()); err != nil || len(b.Unsettled()) > 0 {
		t.Errorf("what was under way is not over: %v", err)
	}
	for _, key := range []int{1, 2, 9} {
		if b.Fresh(event("a", key)) {
			t.Errorf("%d is told again", key)
		}
	}
	deliver(3)
	if err := b.Settle(t.Context(), b.Newest()); err != nil {
		t.Fatal(err)
	}
	after := open(t, s)
	for key, want := range map[int]bool{1: true, 2: true, 3: false, 9: false} {
		if got := after.Fresh(event("a", key)); got != want {
			t.Errorf("after a restart %d is fresh: %v", key, got)
		}
	}
}

// Who waits for what will not be settled any more is told so.
func TestEnd(t *testing.T) {
	b := open(t, store.NewMemory(nil))
	b.Fresh(event("a", 1))
	b.Delivered(event("a", 1))
	ended := make(chan error)
	go func() { ended <- b.Wait(context.Background(), 1) }()
	b.End()
	b.End()
	if err := <-ended; engine.CodeOf(err) != engine.Cancelled {
		t.Errorf("waiting ended with %v", err)
	}
	if err := b.Wait(t.Context(), 0); err != nil {
		t.Errorf("nothing to wait for: %v", err)
	}
}

// BenchmarkFresh is what an event with a key costs more, with its share of the write.
func BenchmarkFresh(b *testing.B) {
	s := store.NewMemory(nil)
	defer s.Close()
	book := open(b, s)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		ev := event("a", n)
		if book.Fresh(ev) {
			book.Delivered(ev)
		}
		if n%1000 == 999 {
			if err := book.Settle(b.Context(), book.Newest()); err != nil {
				b.Fatal(err)
			}
		}
	}
}
