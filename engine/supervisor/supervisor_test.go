package supervisor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/outbox"
	"botd/engine/supervisor"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a supervisor at work in a synctest bubble.
type rig struct {
	*supervisor.Supervisor
	t    *testing.T
	log  *buffer
	stop context.CancelFunc
	ran  chan error

	mu     sync.Mutex
	events []*engine.Event
}

// run starts a supervisor; it ends with the test, which fails if Run does.
func run(t *testing.T, change func(*supervisor.Options)) *rig {
	t.Helper()
	r := &rig{t: t, log: &buffer{}, ran: make(chan error, 1)}
	opt := supervisor.Options{
		Emit: r.emit,
		Log:  slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Rand: func() float64 { return 0.5 },
	}
	if change != nil {
		change(&opt)
	}
	r.Supervisor = supervisor.New(opt)
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	go func() { r.ran <- r.Run(ctx) }()
	t.Cleanup(func() {
		r.stop()
		if err := <-r.ran; err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	return r
}

func (r *rig) emit(ev *engine.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, ev)
}

// start adds a session and waits until it has settled.
func (r *rig) start(n *enginetest.Network, name engine.SessionID, rooms ...engine.RoomID) {
	r.t.Helper()
	a := n.Adapter()
	if err := r.Start(supervisor.Spec{Name: name, Adapter: a, Settings: a.Settings(), Rooms: rooms}); err != nil {
		r.t.Fatal(err)
	}
	synctest.Wait()
}

// take returns the events so far as "session/room kind" and forgets them.
func (r *rig) take() []string {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, ev := range r.events {
		out = append(out, string(engine.Path(ev.Session, ev.Room.ID))+" "+string(ev.Kind()))
	}
	r.events = nil
	return out
}

func (r *rig) status(name engine.SessionID) supervisor.Status {
	r.t.Helper()
	synctest.Wait()
	for _, s := range r.Status() {
		if s.Session == name {
			return s
		}
	}
	r.t.Fatalf("no session %q in the status", name)
	return supervisor.Status{}
}

func (r *rig) wantState(name engine.SessionID, want supervisor.State) {
	r.t.Helper()
	if got := r.status(name); got.State != want {
		r.t.Errorf("%s is %s (%s), want %s", name, got.State, got.Err, want)
	}
}

// say queues a line and returns where its receipts go.
func (r *rig) say(name engine.SessionID, room engine.RoomID, text string) *receipts {
	return r.do(name, engine.Say{Room: room, Text: text})
}

func (r *rig) do(name engine.SessionID, a engine.Action) *receipts {
	g := &receipts{}
	r.Do(name, outbox.Item{Action: a, Lane: engine.LaneOf(a), Done: g.add})
	return g
}

type receipts struct {
	mu  sync.Mutex
	got []engine.Receipt
}

func (g *receipts) add(r engine.Receipt) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.got = append(g.got, r)
}

func (g *receipts) check(t *testing.T, status engine.Status, code engine.Code) {
	t.Helper()
	synctest.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.got) != 1 {
		t.Fatalf("%d receipts, want 1: %v", len(g.got), g.got)
	}
	if r := g.got[0]; r.Status != status || engine.CodeOf(r.Error()) != code {
		t.Errorf("receipt %s %v, want %s %q", r.Status, r.Error(), status, code)
	}
}

// buffer is a log that may be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// count is how many lines hold all of parts.
func (b *buffer) count(parts ...string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for line := range strings.Lines(b.b.String()) {
		if !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(line, p) }) {
			n++
		}
	}
	return n
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

var errLost = errors.New("read: connection reset")

func TestReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{}
		r := run(t, nil)
		r.start(net, "s", "a", "b")
		equal(t, r.take(), []string{"s/a connect", "s/b connect"})
		r.wantState("s", supervisor.Online)
		time.Sleep(2 * time.Minute)
		net.In("a").Hear("a", "ann", "hi")
		heard := time.Now()
		time.Sleep(time.Minute)
		net.In("a").Drop(errLost)
		equal(t, r.take(), []string{"s/a message", "s/a disconnect", "s/b disconnect"})
		st := r.status("s")
		if st.State != supervisor.Waiting || st.Attempts != 1 || !st.Retry.Equal(time.Now().Add(time.Second)) || st.Err != errLost.Error() {
			t.Errorf("status %+v", st)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		r.mu.Lock()
		gap, ok := r.events[1].Body.(engine.Gap)
		r.mu.Unlock()
		if !ok || !gap.From.Equal(heard) || !gap.To.Equal(time.Now()) {
			t.Errorf("gap %+v, want from %v to %v", gap, heard, time.Now())
		}
		if g := r.status("s").Rooms[0].Gaps; g.Count != 1 || g.Last != gap {
			t.Errorf("status tells of %+v", g)
		}
		equal(t, r.take(), []string{"s/a connect", "s/a gap", "s/b connect", "s/b gap"})
		if r.log.count("level=WARN", "connection lost", "session=s", "adapter=fake") != 1 {
			t.Error("the loss is not in the log")
		}
	})
}

// A session that can find out what it missed is not spoken for.
func TestReconnectWithoutGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{Gaps: true}
		r := run(t, nil)
		r.start(net, "s", "a")
		net.In("a").Drop(errLost)
		time.Sleep(time.Minute)
		equal(t, r.take(), []string{"s/a connect", "s/a disconnect", "s/a connect"})
	})
}

func TestEventsAreStamped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{Name: "net"}
		r := run(t, nil)
		r.start(net, "s", "a")
		own := time.Date(2020, 1, 2, 3, 4, 5, 0, time.FixedZone("x", 3600))
		net.In("a").Emit(engine.Event{At: own, Body: engine.Notice{Text: "x"}})
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, ev := range r.events {
			if ev.Session != "s" || ev.Platform != "net" || ev.At.Location() != time.UTC || strings.Contains(ev.At.String(), "m=") {
				t.Errorf("%+v", ev)
			}
		}
		if now := r.events[0].At; !now.Equal(time.Now()) {
			t.Errorf("stamped %v", now)
		}
		if !r.events[1].At.Equal(own) {
			t.Errorf("own time became %v", r.events[1].At)
		}
	})
}

// A session that connects and loses the connection at once must not start over with
// short waits; one that stayed up must.
func TestBackoffResetsOnlyAfterStable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var starts []time.Time
		up := time.Second
		net := &enginetest.Network{Run: func(ctx context.Context, s *enginetest.Session, emit func(engine.Event)) error {
			mu.Lock()
			starts = append(starts, time.Now())
			up := up
			mu.Unlock()
			emit(engine.Event{Room: engine.Room{ID: "a"}, Body: engine.Connected{}})
			select {
			case <-time.After(up):
				return errLost
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		r := run(t, nil)
		r.start(net, "s", "a")
		time.Sleep(time.Hour)
		mu.Lock()
		var waits []time.Duration
		for i := 1; i < len(starts); i++ {
			waits = append(waits, starts[i].Sub(starts[i-1])-up)
		}
		half := func(top time.Duration) time.Duration { return top / 2 } // Rand is 0.5
		want := []time.Duration{2, 4, 8, 16, 32, 64, 128, 256, 300, 300}
		for i, w := range want {
			if waits[i] != half(w*time.Second) {
				t.Errorf("wait %d is %v, want %v", i, waits[i], half(w*time.Second))
			}
		}
		starts, up = nil, time.Minute
		mu.Unlock()
		time.Sleep(time.Hour)
		mu.Lock()
		defer mu.Unlock()
		for i := 2; i < len(starts); i++ {
			if got := starts[i].Sub(starts[i-1]) - up; got != time.Second {
				t.Errorf("wait after a stable connection is %v, want 1s", got)
			}
		}
		if len(starts) < 50 {
			t.Errorf("only %d connections", len(starts))
		}
	})
}

func TestGivingUp(t *testing.T) {
	tests := []struct {
		name  string
		err   error
		cured string
	}{
		{"denied", engine.Errorf(engine.Denied, "wrong password"), "check name, password"},
		{"invalid", fmt.Errorf("login: %w", engine.Errorf(engine.Invalid, "wrong password")), "correct the settings"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fail := true
				net := &enginetest.Network{Run: func(ctx context.Context, s *enginetest.Session, emit func(engine.Event)) error {
					if fail {
						return tt.err
					}
					return s.Serve(ctx, emit)
				}}
				healthy := &enginetest.Network{}
				r := run(t, nil)
				r.start(net, "bad", "a")
				r.start(healthy, "good", "a")
				time.Sleep(time.Hour)
				r.wantState("bad", supervisor.Failed)
				r.wantState("good", supervisor.Online)
				equal(t, r.take(), []string{"bad/ error", "good/a connect"})
				if n := net.In("a").Runs(); n != 1 {
					t.Errorf("%d runs, want 1", n)
				}
				if r.log.count("level=ERROR", "wrong password", tt.cured, "session=bad") != 1 {
					t.Error("the log does not say it once, with the cure")
				}
				r.say("bad", "a", "x").check(t, engine.Failed, engine.NotConnected)
				r.say("good", "a", "x").check(t, engine.Sent, "")

				fail = false
				if err := r.Restart("bad"); err != nil {
					t.Fatal(err)
				}
				r.wantState("bad", supervisor.Online)
			})
		})
	}
}

func TestPanicIsALostConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{Run: func(ctx context.Context, s *enginetest.Session, emit func(engine.Event)) error {
			if s.Runs() < 3 {
				panic("boom")
			}
			return s.Serve(ctx, emit)
		}}
		healthy := &enginetest.Network{}
		r := run(t, nil)
		r.start(net, "s", "a")
		r.start(healthy, "good", "a")
		r.wantState("s", supervisor.Waiting)
		time.Sleep(time.Minute)
		r.wantState("s", supervisor.Online)
		if r.log.count("level=ERROR", "adapter panicked", "boom", "unit.go") != 2 {
			t.Error("no stack in the log")
		}
		if n := healthy.In("a").Runs(); n != 1 {
			t.Errorf("the healthy session ran %d times", n)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{Run: func(context.Context, *enginetest.Session, func(engine.Event)) error {
			return &engine.Error{Code: engine.RateLimited, Msg: "slow down", RetryAfter: time.Hour}
		}}
		r := run(t, nil)
		r.start(net, "s", "a")
		time.Sleep(59 * time.Minute)
		if n := net.In("a").Runs(); n != 1 {
			t.Errorf("%d attempts within the hour", n)
		}
	})
}

// A thousand connections lost in one moment all come back, few at a time.
func TestManyDropAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const units, handshakes = 1000, 64
		var mu sync.Mutex
		connecting, most := 0, 0
		count := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			connecting += n
			most = max(most, connecting)
		}
		net := &enginetest.Network{PerRoom: true, Run: func(ctx context.Context, s *enginetest.Session, emit func(engine.Event)) error {
			count(1)
			time.Sleep(300 * time.Millisecond)
			count(-1)
			return s.Serve(ctx, emit)
		}}
		r := run(t, func(o *supervisor.Options) { o.Handshakes, o.Rand = handshakes, nil })
		var rooms []engine.RoomID
		for i := range units {
			rooms = append(rooms, engine.RoomID(fmt.Sprint(i)))
		}
		r.start(net, "s", rooms...)
		time.Sleep(time.Minute)
		dropped := 0
		for _, s := range net.Sessions() {
			if s.Drop(errLost) {
				dropped++
			}
		}
		if dropped != units {
			t.Fatalf("%d were online, want %d", dropped, units)
		}
		time.Sleep(time.Minute)
		online := 0
		for _, room := range r.status("s").Rooms {
			if room.State == supervisor.Online {
				online++
			}
		}
		if online != units {
			t.Errorf("%d are back, want %d", online, units)
		}
		if most > handshakes || most < handshakes/2 {
			t.Errorf("%d connected at once, want up to %d", most, handshakes)
		}
	})
}

// Handshakes that hang give way after a while.
func TestHangingHandshakesDoNotBlockOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := &enginetest.Network{Run: func(ctx context.Context, _ *enginetest.Session, _ func(engine.Event)) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		net := &enginetest.Network{}
		r := run(t, func(o *supervisor.Options) { o.Handshakes = 1 })
		r.start(hang, "hang", "a")
		r.start(net, "s", "a")
		r.wantState("hang", supervisor.Connecting)
		r.wantState("s", supervisor.Waiting)
		time.Sleep(supervisor.HandshakeTime)
		r.wantState("s", supervisor.Online)
	})
}

func TestStop(t *testing.T) {
	connecting := func(ctx context.Context, _ *enginetest.Session, _ func(engine.Event)) error {
		<-ctx.Done()
		return ctx.Err()
	}
	tests := []struct {
		name string
		run  func(context.Context, *enginetest.Session, func(engine.Event)) error
		want []string
	}{
		{"online", nil, []string{"s/a connect", "s/a disconnect"}},
		{"connecting", connecting, nil},
		{"waiting", func(context.Context, *enginetest.Session, func(engine.Event)) error { return errLost }, nil},
		{"failed", func(context.Context, *enginetest.Session, func(engine.Event)) error {
			return engine.Errorf(engine.Denied, "no")
		}, []string{"s/ error"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				net := &enginetest.Network{Run: tt.run}
				r := run(t, nil)
				r.start(net, "s", "a")
				start := time.Now()
				if err := r.Stop(t.Context(), "s"); err != nil {
					t.Fatal(err)
				}
				if d := time.Since(start); d != 0 {
					t.Errorf("took %v", d)
				}
				equal(t, r.take(), tt.want)
				if len(r.Status()) != 0 {
					t.Error("still there")
				}
				r.say("s", "a", "x").check(t, engine.Failed, engine.NotFound)
				if err := r.Stop(t.Context(), "s"); engine.CodeOf(err) != engine.NotFound {
					t.Errorf("second stop: %v", err)
				}
				runs := net.In("a").Runs()
				time.Sleep(time.Hour)
				if n := net.In("a").Runs(); n != runs {
					t.Error("it ran again")
				}
			})
		})
	}
}

// A session that does not end when told is named; one of its name started meanwhile
// waits for it.
func TestHalfStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{Run: func(ctx context.Context, s *enginetest.Session, emit func(engine.Event)) error {
			err := s.Serve(ctx, emit)
			time.Sleep(20 * time.Second)
			return err
		}}
		r := run(t, nil)
		r.start(net, "s", "a")
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := r.Stop(ctx, "s"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("stop: %v", err)
		}
		net.Run = nil
		r.start(net, "s", "a")
		r.wantState("s", supervisor.Waiting)
		time.Sleep(5 * time.Second)
		if r.log.count("level=WARN", "slow to end", "session=s") != 1 {
			t.Error("it is not named in the log")
		}
		time.Sleep(20 * time.Second)
		r.wantState("s", supervisor.Online)
	})
}

func TestRunEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		stubborn := &enginetest.Network{Run: func(ctx context.Context, s *enginetest.Session, emit func(engine.Event)) error {
			<-release
			return nil
		}}
		good := &enginetest.Network{}
		s := supervisor.New(supervisor.Options{Emit: func(*engine.Event) {}, Grace: 10 * time.Second})
		for name, n := range map[engine.SessionID]*enginetest.Network{"stubborn": stubborn, "good": good} {
			if err := s.Start(supervisor.Spec{Name: name, Adapter: n.Adapter(), Rooms: []engine.RoomID{"a"}}); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error)
		go func() { ran <- s.Run(ctx) }()
		synctest.Wait()
		g := &receipts{}
		s.Do("stubborn", outbox.Item{Action: engine.Say{Room: "a", Text: "x"}, Done: g.add})
		cancel()
		start := time.Now()
		err := <-ran
		if engine.CodeOf(err) != engine.Timeout || !strings.Contains(err.Error(), "stubborn") || strings.Contains(err.Error(), "good") {
			t.Errorf("run: %v", err)
		}
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("waited %v, want the grace of 10s", d)
		}
		if err := s.Run(t.Context()); engine.CodeOf(err) != engine.Conflict {
			t.Errorf("second run: %v", err)
		}
		if err := s.Start(supervisor.Spec{Name: "late", Adapter: good.Adapter()}); engine.CodeOf(err) != engine.Cancelled {
			t.Errorf("start after the end: %v", err)
		}
		close(release)
		g.check(t, engine.Failed, engine.Cancelled)
	})
}

func TestStartRefuses(t *testing.T) {
	picky := &enginetest.Network{New: func(any, engine.Env) error { return engine.Errorf(engine.Invalid, "no url") }}
	s := supervisor.New(supervisor.Options{Emit: func(*engine.Event) {}})
	good := (&enginetest.Network{}).Adapter()
	tests := []struct {
		name string
		spec supervisor.Spec
		want engine.Code
	}{
		{"fine", supervisor.Spec{Name: "s", Adapter: good}, ""},
		{"again", supervisor.Spec{Name: "s", Adapter: good}, engine.Conflict},
		{"slash", supervisor.Spec{Name: "s/t", Adapter: good}, engine.Invalid},
		{"no name", supervisor.Spec{Adapter: good}, engine.Invalid},
		{"settings", supervisor.Spec{Name: "p", Adapter: picky.Adapter()}, engine.Invalid},
	}
	for _, tt := range tests {
		if err := s.Start(tt.spec); engine.CodeOf(err) != tt.want {
			t.Errorf("%s: %v, want code %q", tt.name, err, tt.want)
		}
	}
	if err := s.Stop(t.Context(), "s"); err != nil {
		t.Error(err)
	}
}

func TestRestartOnline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{}
		r := run(t, nil)
		r.start(net, "s", "a")
		r.take()
		if err := r.Restart("s"); err != nil {
			t.Fatal(err)
		}
		r.wantState("s", supervisor.Waiting)
		g := r.say("s", "a", "kept")
		time.Sleep(200 * time.Millisecond)
		r.wantState("s", supervisor.Online)
		equal(t, r.take(), []string{"s/a disconnect", "s/a connect", "s/a gap"})
		g.check(t, engine.Sent, "")
		time.Sleep(time.Hour)
		if n := net.In("a").Runs(); n != 2 {
			t.Errorf("%d runs, want 2", n)
		}
		if err := r.Restart("x"); engine.CodeOf(err) != engine.NotFound {
			t.Errorf("restart of nothing: %v", err)
		}
	})
}

func TestQueuedWhileOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{PerRoom: true}
		r := run(t, nil)
		r.start(net, "s", "a", "b")
		net.In("a").Drop(errLost)
		synctest.Wait()
		first, second := r.say("s", "a", "1"), r.say("s", "a", "2")
		r.say("s", "b", "other").check(t, engine.Sent, "") // its unit is online
		time.Sleep(time.Minute)
		first.check(t, engine.Sent, "")
		second.check(t, engine.Sent, "")
		equal(t, net.In("a").Texts(), []string{"1", "2"})
		equal(t, net.In("b").Texts(), []string{"other"})
	})
}

// Of a session with many rooms, each room's lines wait for that room.
func TestLinesWaitForTheirRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{}
		net.Run = func(ctx context.Context, s *enginetest.Session, emit func(engine.Event)) error {
			go func() {
				time.Sleep(time.Second)
				emit(engine.Event{Room: engine.Room{ID: "a"}, Body: engine.Connected{}})
				time.Sleep(20 * time.Second)
				emit(engine.Event{Room: engine.Room{ID: "b"}, Body: engine.Connected{}})
			}()
			return quietServe(ctx, s)
		}
		r := run(t, nil)
		r.start(net, "s", "a", "b")
		a, b := r.say("s", "a", "to a"), r.say("s", "b", "to b")
		time.Sleep(2 * time.Second)
		a.check(t, engine.Sent, "")
		st := r.status("s")
		if st.Rooms[0].State != supervisor.Online || st.Rooms[1].State != supervisor.Connecting || st.Rooms[1].Queued != 1 {
			t.Errorf("rooms %+v", st.Rooms)
		}
		equal(t, net.In("a").Texts(), []string{"to a"})
		time.Sleep(20 * time.Second)
		b.check(t, engine.Sent, "")
	})
}

// A session may lose a room without losing its connection.
func TestRoomComesAndGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{}
		r := run(t, nil)
		r.start(net, "s", "a", "b")
		r.take()
		s := net.In("b")
		for range 2 { // the second time it is no news
			s.Emit(engine.Event{Room: engine.Room{ID: "b"}, Body: engine.Disconnected{Reason: "kicked"}})
		}
		waits := r.say("s", "b", "to b")
		r.say("s", "a", "to a").check(t, engine.Sent, "")
		if rooms := r.status("s").Rooms; rooms[0].State != supervisor.Online || rooms[1].State != supervisor.Connecting || rooms[0].Me.Name != "bot" {
			t.Errorf("rooms %+v", rooms)
		}
		s.Connect("b")
		waits.check(t, engine.Sent, "")
		s.Connect("other") // it was put there
		equal(t, r.take(), []string{"s/b disconnect", "s/b connect", "s/b gap", "s/other connect"})
		if rooms := r.status("s").Rooms; len(rooms) != 3 || rooms[2].Room != "other" {
			t.Errorf("rooms %+v", rooms)
		}
	})
}

// A session that only says that it is online is taken to be in all its rooms.
func TestConnectedWithoutRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{Run: func(ctx context.Context, s *enginetest.Session, emit func(engine.Event)) error {
			emit(engine.Event{Body: engine.Connected{}})
			return quietServe(ctx, s)
		}}
		r := run(t, nil)
		r.start(net, "s", "a")
		r.say("s", "a", "x").check(t, engine.Sent, "")
		if st := r.status("s"); st.State != supervisor.Online || st.Rooms[0].State != supervisor.Online {
			t.Errorf("status %+v", st)
		}
		if err := r.Stop(t.Context(), "s"); err != nil {
			t.Fatal(err)
		}
		equal(t, r.take(), []string{"s/ connect", "s/ disconnect"})
	})
}

// quietServe serves without telling the supervisor.
func quietServe(ctx context.Context, s *enginetest.Session) error {
	return s.Serve(ctx, func(engine.Event) {})
}

func TestDoRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{PerRoom: true, Caps: engine.Capabilities{Can: engine.Caps(engine.CapSay, engine.CapDelete)}}
		r := run(t, nil)
		r.start(net, "s", "a")
		r.say("x", "a", "x").check(t, engine.Failed, engine.NotFound)
		r.say("s", "x", "x").check(t, engine.Failed, engine.NotFound)
		r.do("s", engine.Kick{Room: "a"}).check(t, engine.Failed, engine.Unsupported)
		r.do("s", engine.Delete{Room: "a", Own: true}).check(t, engine.Sent, "")
		net.In("a").SetCaps(engine.Capabilities{Can: engine.Caps(engine.CapKick)})
		r.do("s", engine.Kick{Room: "a"}).check(t, engine.Sent, "")
		r.say("s", "a", "x").check(t, engine.Failed, engine.Unsupported)
		if _, ok := r.Caps("s", "x"); ok {
			t.Error("caps of a room it is not in")
		}
		if c, ok := r.Caps("s", "a"); !ok || c.Can != engine.Caps(engine.CapKick, engine.CapJoin, engine.CapLeave, engine.CapMove) {
			t.Errorf("caps %v %v", c.Can, ok)
		}
		if c := r.Commands("s"); len(c) != 1 || c[0].Name != "ping" {
			t.Errorf("commands %v", c)
		}
		if c := r.Commands("x"); c != nil {
			t.Errorf("commands of nothing: %v", c)
		}
	})
}

func TestJoinAndLeavePerRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{PerRoom: true}
		r := run(t, nil)
		r.start(net, "s")
		r.wantState("s", supervisor.Waiting)
		if err := r.Join(t.Context(), "s", "a"); err != nil {
			t.Fatal(err)
		}
		r.do("s", engine.Join{Room: "a"}).check(t, engine.Echoed, "") // is there already
		r.do("s", engine.Join{}).check(t, engine.Failed, engine.Invalid)
		r.say("s", "a", "hi").check(t, engine.Sent, "")
		r.do("s", engine.ListUsers{}).check(t, engine.Sent, "") // any unit
		if err := r.Leave(t.Context(), "s", "a"); err != nil {
			t.Fatal(err)
		}
		if err := r.Leave(t.Context(), "s", "a"); engine.CodeOf(err) != engine.NotFound {
			t.Errorf("second leave: %v", err)
		}
		equal(t, r.take(), []string{"s/a connect", "s/a disconnect"})
		r.say("s", "a", "hi").check(t, engine.Failed, engine.NotFound)
	})
}

// A join that is answered too late, or never well, is still answered once.
func TestJoinOutcomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var result atomic.Pointer[error] // of each attempt; nil serves
		fail := func(err error) { result.Store(&err) }
		net := &enginetest.Network{PerRoom: true, Run: func(ctx context.Context, s *enginetest.Session, emit func(engine.Event)) error {
			if err := result.Load(); err != nil {
				return *err
			}
			return s.Serve(ctx, emit)
		}}
		r := run(t, nil)
		r.start(net, "s")
		fail(engine.Errorf(engine.Denied, "banned"))
		r.do("s", engine.Join{Room: "a"}).check(t, engine.Failed, engine.Denied)
		fail(errLost)
		g := r.do("s", engine.Join{Room: "a"}) // it had given up: tries again
		time.Sleep(time.Minute)
		g.check(t, engine.Unknown, engine.Timeout)
		result.Store(nil)
		time.Sleep(5 * time.Minute)
		r.wantState("s", supervisor.Online)
		g.check(t, engine.Unknown, engine.Timeout)

		fail(errLost)
		g = r.do("s", engine.Join{Room: "b"})
		left := r.do("s", engine.Leave{Room: "b"})
		g.check(t, engine.Failed, engine.Cancelled)
		left.check(t, engine.Echoed, "")
	})
}

// Leaving and coming back at once never has two connections to the room.
func TestRejoinWaitsForTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		open, most := 0, 0
		net := &enginetest.Network{PerRoom: true, Run: func(ctx context.Context, s *enginetest.Session, emit func(engine.Event)) error {
			mu.Lock()
			open++
			most = max(most, open)
			mu.Unlock()
			err := s.Serve(ctx, emit)
			time.Sleep(time.Second)
			mu.Lock()
			open--
			mu.Unlock()
			return err
		}}
		r := run(t, nil)
		r.start(net, "s", "a")
		var got []*receipts
		for range 3 {
			got = append(got, r.do("s", engine.Leave{Room: "a"}), r.do("s", engine.Join{Room: "a"}))
		}
		time.Sleep(10 * time.Second)
		for i, g := range got {
			if i%2 == 1 && i < len(got)-1 {
				g.check(t, engine.Failed, engine.Cancelled) // left again before it was in
			} else {
				g.check(t, engine.Echoed, "")
			}
		}
		r.wantState("s", supervisor.Online)
		if most != 1 {
			t.Errorf("%d connections at once", most)
		}
	})
}

// A session for many rooms is told of joins by action, and made anew for the rooms it
// is then in when its connection is lost.
func TestJoinAndLeaveShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{}
		net.Do = func(s *enginetest.Session, a engine.Action) engine.Receipt {
			if j, ok := a.(engine.Join); ok {
				s.Connect(j.Room)
			}
			return engine.Receipt{Status: engine.Sent}
		}
		r := run(t, nil)
		r.start(net, "s", "a", "b")
		r.take()
		if err := r.Join(t.Context(), "s", "c"); err != nil {
			t.Fatal(err)
		}
		if err := r.Leave(t.Context(), "s", "b"); err != nil {
			t.Fatal(err)
		}
		equal(t, r.take(), []string{"s/c connect", "s/b disconnect"})
		net.In("a").Drop(errLost)
		time.Sleep(time.Minute)
		equal(t, r.take(), []string{"s/a disconnect", "s/c disconnect", "s/a connect", "s/a gap", "s/c connect", "s/c gap"})
		if got := net.In("a").Env.Rooms; !slices.Equal(got, []engine.RoomID{"a", "c"}) {
			t.Errorf("made for %v", got)
		}
		r.say("s", "c", "x").check(t, engine.Sent, "")
	})
}

func TestStartBeforeAndDuringRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{PerRoom: true}
		s := supervisor.New(supervisor.Options{Emit: func(*engine.Event) {}})
		start := func(name engine.SessionID) {
			if err := s.Start(supervisor.Spec{Name: name, Adapter: net.Adapter(), Rooms: []engine.RoomID{"a", "b"}}); err != nil {
				t.Fatal(err)
			}
		}
		start("early")
		start("never")
		g := &receipts{}
		s.Do("never", outbox.Item{Action: engine.Say{Room: "a", Text: "x"}, Done: g.add})
		if err := s.Leave(t.Context(), "early", "b"); err != nil {
			t.Error(err)
		}
		if err := s.Stop(t.Context(), "never"); err != nil {
			t.Error(err)
		}
		g.check(t, engine.Failed, engine.Cancelled)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error)
		go func() { ran <- s.Run(ctx) }()
		synctest.Wait()
		start("later")
		synctest.Wait()
		var got []string
		for _, st := range s.Status() {
			for _, room := range st.Rooms {
				got = append(got, fmt.Sprint(st.Session, "/", room.Room, " ", room.State))
			}
		}
		equal(t, got, []string{"early/a online", "later/a online", "later/b online"})
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
}

func TestWaitIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{PerRoom: true, Caps: engine.Capabilities{Can: engine.AllCaps, Rate: engine.Rate{Burst: 1, PerSecond: 1}}}
		r := run(t, nil)
		r.start(net, "s", "a", "b")
		for i := range 3 {
			r.say("s", "a", fmt.Sprint(i))
			r.say("s", "b", fmt.Sprint(i))
		}
		start := time.Now()
		if err := r.WaitIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("idle after %v, want 2s", d)
		}
		r.say("s", "a", "x")
		r.say("s", "a", "y")
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := r.WaitIdle(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// Where a network counts connections, units of all sessions that share its count take
// turns; a restart pays again.
func TestConnectionsArePaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		caps := engine.Capabilities{Can: engine.AllCaps,
			Rate:   engine.Rate{Burst: 20, HalfLife: 30 * time.Second, Shared: "address"},
			Prices: map[string]float64{engine.PriceConnect: 4}}
		one, two := &enginetest.Network{PerRoom: true, Caps: caps}, &enginetest.Network{PerRoom: true, Caps: caps}
		r := run(t, nil)
		r.start(one, "s", "a", "b", "c")
		r.start(two, "t", "d", "e", "f", "g")
		if n := len(r.take()); n != 5 {
			t.Errorf("%d connected at once, want 5", n)
		}
		waiting := 0
		for _, room := range r.status("t").Rooms {
			if room.State == supervisor.Waiting && room.Retry.After(time.Now()) {
				waiting++
			}
		}
		if waiting != 2 {
			t.Errorf("the status tells of %d that wait for their turn, want 2", waiting)
		}
		time.Sleep(8 * time.Second) // 20 points decay to 16.6: not enough yet
		if n := len(r.take()); n != 0 {
			t.Errorf("%d connected too early", n)
		}
		time.Sleep(2 * time.Second)
		if n := len(r.take()); n != 1 {
			t.Errorf("%d connected after 10 s, want 1", n)
		}
		time.Sleep(20 * time.Second)
		r.wantState("t", supervisor.Online)
		if s := one.In("a"); s.Env.Pay == nil || !s.Env.Pay(caps.Rate, 0.5) || s.Env.Pay(caps.Rate, 19) {
			t.Error("a session cannot pay for its own doing from the same bucket")
		}
	})
}

// The bot's own move of a session with a connection for each room is a join, and then a
// leave.
func TestMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &enginetest.Network{PerRoom: true, Caps: engine.Capabilities{Can: engine.Caps(engine.CapSay)}}
		r := run(t, nil)
		r.start(net, "s", "a")
		r.take()
		if caps, _ := r.Caps("s", "a"); !caps.Can.Has(engine.CapMove) {
			t.Error("the session cannot move")
		}
		r.do("s", engine.Move{Room: "a", To: "b"}).check(t, engine.Echoed, "")
		equal(t, r.take(), []string{"s/b connect", "s/a disconnect"})
		r.do("s", engine.Move{Room: "a", To: "c"}).check(t, engine.Failed, engine.Invalid)
		r.do("s", engine.Move{Room: "b", To: "b"}).check(t, engine.Failed, engine.Invalid)
		r.do("s", engine.Move{Room: "b", User: engine.UserRef{Name: "ann"}, To: "c"}).check(t, engine.Failed, engine.Unsupported)
	})
}
