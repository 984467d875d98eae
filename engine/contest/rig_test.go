package contest_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"botd/engine"
	"botd/engine/contest"
	"botd/engine/poll"
	"botd/engine/raffle"
	"botd/engine/script"
	"botd/engine/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const here = engine.RoomPath("net/room")

// rig is a manager in a room of which a test decides everything. All of it runs in a bubble
// of synctest; the manager can be started again, with the store as it is.
type rig struct {
	*contest.Manager
	t       *testing.T
	store   *sluice
	caps    engine.Capabilities
	forgets bool
	denied  bool
	set     atomic.Int64 // by how much somebody has set the clock, as a duration
	dead    atomic.Bool  // it does nothing any more, as after a kill
	away    atomic.Bool  // the connection is lost
	waits   bool         // what starts next does not begin by itself
	dir     string
	random  byte
	stop    func()
	log     strings.Builder // written while the test waits

	mu     sync.Mutex // guards what follows, and the network of a test
	did    []engine.Action
	events []*engine.Event
	answer func(engine.Action) engine.Receipt
}

// sluice is a store that a test can close or break.
type sluice struct {
	store.Store
	held   []func()
	closed bool
	broken error
}

func (s *sluice) Submit(b store.Batch, done func(store.Result)) {
	switch {
	case s.closed:
		s.held = append(s.held, func() { s.Store.Submit(b, done) })
	case s.broken != nil:
		done(store.Result{Err: s.broken})
	default:
		s.Store.Submit(b, done)
	}
}

// open lets through what waits.
func (s *sluice) open() {
	s.closed = false
	for _, f := range s.held {
		f()
	}
	s.held = nil
}

// wallClock is a clock that people can set.
type wallClock struct {
	engine.SystemClock
	r *rig
}

func (c wallClock) Now() time.Time { return c.SystemClock.Now().Add(time.Duration(c.r.set.Load())) }

func run(t *testing.T, f func(r *rig)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		kept := store.NewMemory(engine.SystemClock{})
		r := &rig{t: t, store: &sluice{Store: kept}, dir: dir, caps: engine.Capabilities{Can: engine.Caps(engine.CapSay)}}
		r.start()
		f(r)
		r.stop()
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (r *rig) start() {
	r.Manager = contest.New(contest.Options{
		Clock: wallClock{r: r}, Log: slog.New(slog.NewTextHandler(&r.log, nil)),
		Do: func(a contest.Action, done func(engine.Receipt)) {
			if r.dead.Load() {
				done(engine.Fail(engine.Errorf(engine.Cancelled, "it was killed")))
				return
			}
			if len(a.With) > 0 {
				r.store.Submit(a.With, func(store.Result) {})
			}
			r.mu.Lock()
			r.did = append(r.did, a.Action)
			rec := engine.Receipt{Status: engine.Echoed, Message: engine.MessageID(fmt.Sprintf("m%d", len(r.did)))}
			if r.answer != nil {
				rec = r.answer(a.Action)
			}
			r.mu.Unlock()
			done(rec)
		},
		Caps: func(engine.SessionID, engine.RoomID) (engine.Capabilities, bool) { return r.caps, true },
		Room: func(p engine.RoomPath) (script.RoomState, bool) {
			return script.RoomState{Path: p, Session: "net", Platform: "net", Room: engine.Room{ID: "room"}, Online: !r.away.Load()}, p == here
		},
		Prefix:  func(engine.SessionID, engine.Room) string { return "!" },
		Forgets: func(engine.SessionID) bool { return r.forgets },
		Permit: func(string) error {
			if r.denied {
				return engine.Errorf(engine.Denied, "no grant")
			}
			return nil
		},
		Publish: func(ev *engine.Event) {
			r.mu.Lock()
			r.events = append(r.events, ev)
			r.mu.Unlock()
			r.Hear(ev)
		},
		Random: func(b []byte) {
			for i := range b {
				r.random++
				b[i] = r.random
			}
		},
		ProofDir: r.dir,
	})
	if err := r.Open(context.Background(), r.store); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { r.Run(ctx); close(ended) }()
	if !r.waits {
		r.Begin()
	}
	r.stop = func() { cancel(); <-ended }
}

// restart ends the manager and starts another on the same store.
func (r *rig) restart() {
	r.stop()
	r.start()
}

func (r *rig) ask(q script.ContestRequest) script.ContestAnswer {
	r.t.Helper()
	synctest.Wait() // what is due now comes first
	var got *script.ContestAnswer
	q.Origin.Script = "test"
	r.Do(q, func(a script.ContestAnswer) { got = &a })
	synctest.Wait()
	if got == nil {
		r.t.Fatalf("%s: no answer", q.Op)
	}
	return *got
}

func (r *rig) must(q script.ContestRequest) script.ContestInfo {
	r.t.Helper()
	a := r.ask(q)
	if a.Err != nil {
		r.t.Fatalf("%s: %v", q.Op, a.Err)
	}
	return a.Contests[0]
}

func (r *rig) open(s script.ContestSpec) script.ContestInfo {
	r.t.Helper()
	return r.must(script.ContestRequest{Op: script.ContestOpen, Room: here, Raffle: s.Raffle != nil, Spec: &s})
}

func (r *rig) state(c script.ContestInfo) script.ContestInfo {
	r.t.Helper()
	return r.must(script.ContestRequest{Op: script.ContestState, ID: c.ID, Raffle: c.Raffle})
}

func (r *rig) verb(c script.ContestInfo, op script.ContestOp) script.ContestInfo {
	r.t.Helper()
	return r.must(script.ContestRequest{Op: op, ID: c.ID, Raffle: c.Raffle})
}

// pass lets time pass, and all happen that is due then.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func person(name string) engine.User {
	return engine.User{ID: engine.UserID(name), Name: name, Account: name, Role: engine.Member}
}

func (r *rig) happens(u engine.User, b engine.Body) {
	r.Hear(&engine.Event{Session: "net", Platform: "net", Room: engine.Room{ID: "room"}, User: u, Body: b})
	synctest.Wait()
}

func (r *rig) says(name, text string) { r.happens(person(name), engine.Message{Text: text}) }

// told are the events so far.
func (r *rig) told() []*engine.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// said lists the lines since the last call.
func (r *rig) said() (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.did {
		text := engine.TextOf(a)
		if _, plain := a.(engine.Say); !plain {
			text = engine.ActionName(a) + ": " + text
		}
		out = append(out, text)
	}
	r.did = nil
	return out
}

func (r *rig) expect(want ...string) {
	r.t.Helper()
	synctest.Wait()
	if got := r.said(); !slices.Equal(got, want) {
		r.t.Errorf("said\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// proof is what the room is told of the proof of a raffle.
func (r *rig) proof(f script.ContestInfo) string {
	r.t.Helper()
	p := r.state(f).Proof
	if p == nil || p.Verify() != nil {
		r.t.Fatalf("no proof, or none that holds: %+v", p)
	}
	return " Proof: " + f.ID + " " + p.ResultHash
}

func lunch() script.ContestSpec {
	return script.ContestSpec{Poll: &poll.Spec{Question: "Lunch?", Options: []string{"soup", "green salad", "nothing"}, Length: time.Minute}}
}

func cake() script.ContestSpec {
	return script.ContestSpec{Raffle: &raffle.Spec{Prize: "a cake", Length: time.Minute, Reroll: 3}}
}
