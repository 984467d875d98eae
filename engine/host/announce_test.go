package host

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/bus"
	"botd/engine/enginetest"
	"botd/engine/outbox"
	"botd/engine/roster"
	"botd/engine/store"
	"botd/engine/supervisor"
)

// A line that was about to be sent when the run before ended is sent again only if the
// room's history shows that it was not seen.
func TestInquiry(t *testing.T) {
	own := func(text string) engine.Event {
		return engine.Event{Self: true, History: true, Room: engine.Room{ID: "hall"}, Body: engine.Message{Text: text}}
	}
	for _, tt := range []struct {
		name    string
		history []engine.Event
		want    string
	}{
		{"no history", nil, "unmarked"},
		{"seen", []engine.Event{own("marked")}, "unmarked"},
		{"not seen", []engine.Event{own("another")}, "unmarked, marked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				mem := store.NewMemory(engine.SystemClock{})
				defer mem.Close()
				h, _ := skeleton(t, mem, &enginetest.Network{}, false)
				say := func(text string) outbox.Item {
					return outbox.Item{Action: engine.Say{Room: "hall", Text: text}, Lane: engine.LaneAnnounce}
				}
				h.lines.keep("far", "a", say("marked")).Mark(func() {})
				h.lines.keep("far", "a", say("unmarked"))
				late := say("late")
				late.DropAfter = time.Second
				h.lines.keep("far", "a", late)
				time.Sleep(2 * time.Second)

				net := &enginetest.Network{Run: func(ctx context.Context, s *enginetest.Session, emit func(engine.Event)) error {
					return s.Serve(ctx, func(ev engine.Event) {
						emit(ev)
						if _, ok := ev.Body.(engine.Connected); ok {
							for _, ev := range tt.history {
								emit(ev)
							}
						}
					})
				}}
				h, stop := skeleton(t, mem, net, true)
				if err := h.lines.load(t.Context()); err != nil {
					t.Fatal(err)
				}
				h.lines.resume()
				time.Sleep(time.Minute)
				if got := strings.Join(net.In("hall").Texts(), ", "); got != tt.want {
					t.Errorf("said %s, want %s", got, tt.want)
				}
				if left, err := mem.List(t.Context(), store.Query{Space: outboxSpace}); err != nil || len(left) > 0 {
					t.Errorf("left %v, %v", left, err)
				}
				stop()
			})
		})
	}
}

// What hands a line over is done in the commit that accepts it.
func TestAcceptedInOneCommit(t *testing.T) {
	mem := store.NewMemory(engine.SystemClock{})
	defer mem.Close()
	h, _ := skeleton(t, &firstOnly{Store: mem}, nil, false)
	h.lines.keep("far", "a", outbox.Item{Action: engine.Say{Room: "hall", Text: "news"}}, store.Put("contests/sayings", "k", []byte("{}")))
	h.lines.keep("far", "a", outbox.Item{Action: engine.Say{Room: "hall", Text: "more"}})
	for space, want := range map[string]int{outboxSpace: 1, "contests/sayings": 1} {
		if got, err := mem.List(t.Context(), store.Query{Space: space}); err != nil || len(got) != want {
			t.Errorf("%s: %v, %v", space, got, err)
		}
	}
}

// firstOnly is a store that dies with its first commit.
type firstOnly struct {
	store.Store
	done bool
}

func (f *firstOnly) Submit(b store.Batch, done func(store.Result)) {
	if !f.done {
		f.done = true
		f.Store.Submit(b, done)
	}
}

// skeleton is a host without scripts and files; with run it has a session.
func skeleton(t *testing.T, s store.Store, net *enginetest.Network, run bool) (h *Host, stop func()) {
	clock := engine.SystemClock{}
	h = &Host{opt: Options{Clock: clock}, log: slog.New(slog.DiscardHandler), Storage: &Storage{store: s}, bus: bus.New(bus.Options{Clock: clock}), roster: &roster.Roster{}}
	h.bus.Attach(h.roster.Apply)
	h.super = supervisor.New(supervisor.Options{Clock: clock, Emit: h.bus.Publish})
	h.lines = &announcer{h: h}
	if !run {
		return h, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	h.running = ctx
	ended := make(chan error)
	if err := h.super.Start(supervisor.Spec{Name: "far", Adapter: net.Adapter(), Settings: &struct{}{}, Rooms: []engine.RoomID{"hall"}}); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- h.super.Run(ctx) }()
	return h, func() {
		cancel()
		h.beside.Wait()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// Keys grow, whatever the clock does.
func TestOutboxKeys(t *testing.T) {
	a := announcer{}
	now := time.Now()
	keys := []string{a.key(now), a.key(now), a.key(now.Add(-time.Hour)), a.key(now.Add(time.Hour))}
	if !slices.IsSorted(keys) || len(slices.Compact(keys)) != 4 {
		t.Errorf("keys %q", keys)
	}
}
