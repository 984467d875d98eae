package contest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
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

func TestVotesInChat(t *testing.T) {
	run(t, func(r *rig) {
		p := r.open(lunch())
		r.expect("Poll: Lunch? 1) soup 2) green salad 3) nothing. Say the number or !vote 1. Ends in 1m.")
		r.says("ann", "2")
		r.says("bob", "!vote 1")
		r.says("eve", "Green  Salad")
		r.says("mia", "2 of them")
		r.says("mia", "7")
		r.says("bob", "!vote 3")
		r.happens(engine.User{Name: "robot", IsBot: true}, engine.Message{Text: "1"})
		r.happens(person("zoe"), engine.Message{Text: "1", Emote: true})
		if got := r.state(p).Result.Votes; !slices.Equal(got, []float64{0, 2, 1}) {
			t.Errorf("votes %v", got)
		}
		r.expect()
		r.says("mia", "!vote 7")
		r.says("mia", "!vote")
		r.expect("mia: there is no option 7; there are 1, 2, 3", "mia: say the number of an option, or its text")
		pass(time.Minute)
		r.expect("Poll has ended: Lunch? green salad wins (1) soup: 0, 2) green salad: 2, 3) nothing: 1)")
		if r.says("zoe", "1"); r.state(p).Result.Voters != 3 {
			t.Error("a vote after the end")
		}
		last := r.told()[len(r.told())-1]
		if b := last.Body.(engine.PollChanged); b.Status != "ended" || b.Options[1].Votes != 2 || last.Extra["winner"] != 2.0 || b.Poll != p.ID {
			t.Errorf("%+v %v", b, last.Extra)
		}
	})
}

func TestSeveralPolls(t *testing.T) {
	run(t, func(r *rig) {
		a := r.open(lunch())
		s := script.ContestSpec{Poll: &poll.Spec{Question: "Tea?", Options: []string{"yes", "no"}}}
		b := r.open(s)
		r.says("ann", "1") // the newer one
		r.says("ann", "soup")
		r.says("bob", "a3")
		r.says("bob", "!vote b 2")
		if got := r.state(a).Result.Votes; !slices.Equal(got, []float64{1, 0, 1}) {
			t.Errorf("first: %v", got)
		}
		if got := r.state(b).Result.Votes; !slices.Equal(got, []float64{1, 1}) {
			t.Errorf("second: %v", got)
		}
		if said := r.said(); !strings.Contains(said[1], "Poll B: Tea?") || !strings.Contains(said[1], "!vote b1") {
			t.Errorf("%q", said)
		}
		if a := r.ask(script.ContestRequest{Op: script.ContestList, Room: here}); len(a.Contests) != 2 {
			t.Errorf("%+v", a)
		}
		r.verb(b, script.ContestCancel)
		if a := r.ask(script.ContestRequest{Op: script.ContestList}); len(a.Contests) != 1 {
			t.Errorf("%+v", a)
		}
	})
}

// Where the text of an option is the number of another, nobody says a number and means that.
func TestOptionsThatAreNumbers(t *testing.T) {
	run(t, func(r *rig) {
		numbers := []string{"2", "1", "10"}
		p := r.open(script.ContestSpec{Poll: &poll.Spec{Question: "How many?", Options: numbers, Method: poll.Approval}})
		r.expect("Poll: How many? 2 | 1 | 10. Say all numbers you like, as in !vote 2, 1.")
		r.says("ann", "1")
		r.says("bob", "1 10")
		r.says("eve", "!vote 10, 2")
		r.says("mia", "!vote 3")
		r.expect("mia: there is no option 3; there are 2, 1, 10")
		r.verb(p, script.ContestClose)
		r.expect("Poll has ended: How many? a tie between 1, 10 (2: 1, 1: 2, 10: 2)")
		f := cake()
		f.Raffle.Answers = numbers
		r.open(f)
		r.said()
		r.says("ann", "!join 1")
		r.says("bob", "!join 3")
		r.expect("bob: write !join and the answer, or its number: 2 | 1 | 10")
	})
}

// A poll that rests takes no votes from one that does not.
func TestVoteBesideOneThatRests(t *testing.T) {
	run(t, func(r *rig) {
		a := r.open(lunch())
		b := r.open(script.ContestSpec{Poll: &poll.Spec{Question: "Tea?", Options: []string{"yes", "no"}}})
		r.verb(b, script.ContestPause)
		r.said()
		r.says("ann", "1")
		if got := r.state(a).Result.Votes; !slices.Equal(got, []float64{1, 0, 0}) {
			t.Errorf("votes %v", got)
		}
		r.says("ann", "!vote b 1")
		r.says("ann", "!vote yes")
		r.expect("ann: the poll is paused", "ann: the poll is paused")
	})
}

// Polls that were opened in the same moment are listed as they were, and the last is the newest.
func TestPollsOfOneMoment(t *testing.T) {
	run(t, func(r *rig) {
		var last script.ContestInfo
		for i := range 5 {
			last = r.open(script.ContestSpec{Poll: &poll.Spec{Question: fmt.Sprint(i), Options: []string{"yes", "no"}}})
		}
		var tags []string
		for _, c := range r.ask(script.ContestRequest{Op: script.ContestList, Room: here}).Contests {
			tags = append(tags, c.Tag+c.Question)
		}
		if want := []string{"a0", "b1", "c2", "d3", "e4"}; !slices.Equal(tags, want) {
			t.Errorf("listed %q, want %q", tags, want)
		}
		r.says("ann", "1")
		if got := r.state(last).Result.Votes; !slices.Equal(got, []float64{1, 0}) {
			t.Errorf("the newest has %v", got)
		}
	})
}

func TestMethodsInChat(t *testing.T) {
	run(t, func(r *rig) {
		s := lunch()
		s.Poll.Method = poll.Ranked
		p := r.open(s)
		r.says("ann", "3 > 1")
		r.says("bob", "!vote nothing, soup")
		r.says("eve", "1 2 3")
		if got := r.verb(p, script.ContestClose).Result; got.Winner != 3 || !slices.Equal(got.Votes, []float64{1, 0, 2}) {
			t.Errorf("%+v", got)
		}
		s.Poll.Method = poll.Approval
		p = r.open(s)
		r.says("ann", "1,2")
		r.says("bob", "2")
		if got := r.verb(p, script.ContestClose).Result; got.Winner != 2 || !slices.Equal(got.Votes, []float64{1, 2, 0}) {
			t.Errorf("%+v", got)
		}
	})
}

func TestWhoMayTakePart(t *testing.T) {
	run(t, func(r *rig) {
		s := lunch()
		s.Roles = []string{"moderator", "crew"}
		p := r.open(s)
		mod, crew := person("mod"), person("crew")
		mod.Role, crew.Groups = engine.Owner, []string{"crew"}
		for _, u := range []engine.User{mod, crew, person("ann")} {
			r.happens(u, engine.Message{Text: "1"})
		}
		r.said()
		if r.says("ann", "!vote 1"); r.state(p).Result.Voters != 2 {
			t.Errorf("%+v", r.state(p).Result)
		}
		r.expect("ann: only moderator, crew may take part")
		s = lunch()
		s.FollowersOnly = true
		if a := r.ask(script.ContestRequest{Op: script.ContestOpen, Room: here, Spec: &s}); engine.CodeOf(a.Err) != engine.Unsupported {
			t.Errorf("followers only: %v", a.Err)
		}
		r.denied = true
		s = lunch()
		if a := r.ask(script.ContestRequest{Op: script.ContestOpen, Room: here, Spec: &s}); engine.CodeOf(a.Err) != engine.Denied {
			t.Errorf("without the grant: %v", a.Err)
		}
	})
}

// Where only names are known, one vote counts for each name, and the result says so.
func TestIdentity(t *testing.T) {
	run(t, func(r *rig) {
		p := r.open(lunch())
		for _, u := range []engine.User{
			{ID: "1", Name: "Ann"}, {ID: "2", Name: "ann"}, // a name in another case is the same
			{ID: "3", Name: "bob", Account: "acc"}, {ID: "4", Name: "robert", Account: "acc"},
		} {
			r.happens(u, engine.Message{Text: "1"})
		}
		if got := r.state(p); got.Result.Voters != 2 || got.Result.ByNick != 1 || got.Identity != "mixed" {
			t.Errorf("%+v %s", got.Result, got.Identity)
		}
	})
}

func TestWeights(t *testing.T) {
	run(t, func(r *rig) {
		s := lunch()
		s.Weights = map[string]float64{"subscriber": 2, "moderator": 5, "guest": 0.5}
		p := r.open(s)
		for role, name := range map[engine.Role]string{engine.Guest: "a", engine.Subscriber: "b", engine.Admin: "c"} {
			u := person(name)
			u.Role = role
			r.happens(u, engine.Message{Text: "1"})
		}
		if got := r.state(p).Result.Votes[0]; got != 7.5 {
			t.Errorf("%v", got)
		}
	})
}

// A function of the script weighs: votes wait for it, but not for ever.
func TestWeighing(t *testing.T) {
	run(t, func(r *rig) {
		s := lunch()
		s.Weighed = true
		p := r.open(s)
		var asked []engine.User
		r.Do(script.ContestRequest{Origin: script.Origin{Script: "test"}, Op: script.ContestWeigh, ID: p.ID}, func(a script.ContestAnswer) { asked = a.Users })
		r.says("ann", "1")
		if len(asked) != 1 || asked[0].Name != "ann" || r.state(p).Result.Voters != 0 {
			t.Fatalf("%v", asked)
		}
		r.must(script.ContestRequest{Op: script.ContestWeighed, ID: p.ID, User: asked[0], Weight: 3})
		r.says("bob", "2") // nobody weighs him
		pass(5 * time.Second)
		if got := r.state(p); !slices.Equal(got.Result.Votes, []float64{3, 1, 0}) || got.Unweighed != 1 {
			t.Errorf("%+v, %d unweighed", got.Result, got.Unweighed)
		}
	})
}

func TestReactionsAndLiveResult(t *testing.T) {
	run(t, func(r *rig) {
		r.caps.Can = r.caps.Can.With(engine.CapEdit, engine.CapReact)
		p := r.open(lunch())
		r.said()
		react := func(name, emoji string, removed bool) {
			r.happens(person(name), engine.Reacted{ID: "m1", Emoji: emoji, Removed: removed})
		}
		react("ann", "2️⃣", false)
		r.expect("edit: Poll: Lunch? 1) soup: 0, 2) green salad: 1, 3) nothing: 0. Say the number or !vote 1. Ends in 1m.")
		react("bob", "1", false)
		react("eve", "👍", false)
		react("ann", "2️⃣", true)
		r.expect() // soon
		pass(3 * time.Second)
		r.expect("edit: Poll: Lunch? 1) soup: 1, 2) green salad: 0, 3) nothing: 0. Say the number or !vote 1. Ends in 57s.")
		if got := r.state(p).Result; !slices.Equal(got.Votes, []float64{1, 0, 0}) {
			t.Errorf("%+v", got)
		}
	})
}

// Where the network has few reactions the poll says what they stand for. Each adds an option where
// several can be chosen.
func TestFewReactions(t *testing.T) {
	run(t, func(r *rig) {
		r.caps.Can, r.caps.Reactions = r.caps.Can.With(engine.CapReact), []string{"👍", "❤"}
		s := lunch()
		s.Poll.Method, s.Poll.Tie = poll.Approval, poll.TieRunoff
		p := r.open(s)
		r.expect("Poll: Lunch? 1) soup 2) green salad 3) nothing. Say all numbers you like, as in !vote 1 2. 👍 = 1, ❤ = 2. Ends in 1m.")
		react := func(emoji string, removed bool, want ...float64) {
			t.Helper()
			r.happens(person("ann"), engine.Reacted{ID: "m1", Emoji: emoji, Removed: removed})
			if got := r.state(p).Result.Votes; !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", emoji, got, want)
			}
		}
		react("1️⃣", false, 0, 0, 0)
		react("❤️", false, 0, 1, 0)
		react("👍", false, 1, 1, 0)
		react("👍", false, 1, 1, 0)
		react("❤", true, 1, 0, 0)
		react("❤", true, 1, 0, 0)
		react("👍", true, 0, 0, 0)
		if got := r.state(p).Result; got.Voters != 0 {
			t.Errorf("%+v", got)
		}
		r.says("ann", "2 3")
		r.verb(p, script.ContestClose)
		if said := r.said(); !strings.HasSuffix(said[len(said)-1], "Run-off: Lunch? 2) green salad 3) nothing. Say all numbers you like, as in !vote 2 3. ❤ = 2. Ends in 1m.") {
			t.Errorf("%q", said)
		}
	})
}

func TestHidden(t *testing.T) {
	run(t, func(r *rig) {
		s := lunch()
		s.Poll.Hidden, s.Poll.Announce = true, 20*time.Second
		p := r.open(s)
		r.said()
		r.says("ann", "1")
		if got := r.state(p).Result; got.Votes[0] != 0 || got.Voters != 1 {
			t.Errorf("%+v", got)
		}
		if b := r.told()[len(r.told())-1].Body.(engine.PollChanged); b.Options[0].Votes != 0 {
			t.Errorf("%+v", b)
		}
		pass(20 * time.Second)
		r.expect("Poll: Lunch? 1 voted. Ends in 40s.")
		if got := r.verb(p, script.ContestClose).Result; got.Votes[0] != 1 {
			t.Errorf("%+v", got)
		}
	})
}

func TestTextsOfTheScript(t *testing.T) {
	run(t, func(r *rig) {
		s := lunch()
		s.Texts = map[string]string{"opened": "Umfrage: {question} {options}{ends}", "ends": ", noch {left}", "voted": "{name} hat gewählt", "ended": "{winner}"}
		p := r.open(s)
		r.says("ann", "1")
		r.verb(p, script.ContestClose)
		r.expect("Umfrage: Lunch? 1) soup 2) green salad 3) nothing, noch 1m", "ann hat gewählt", "soup")
		s.Quiet = true
		r.verb(r.open(s), script.ContestClose)
		r.expect()
	})
}

// keepsFirst has a script take part for ann, and bob with a line, while the disk is slow, and
// the script for eve when it is full. It stays so.
func (r *rig) keepsFirst(request script.ContestRequest, line string) {
	r.t.Helper()
	r.store.closed = true
	told, answered := len(r.told()), false
	request.User = person("ann")
	r.Do(request, func(script.ContestAnswer) { answered = true })
	r.says("bob", line)
	if answered || len(r.told()) != told {
		r.t.Errorf("answered %v, %d events, before anything is on the disk", answered, len(r.told())-told)
	}
	r.store.open()
	synctest.Wait()
	if !answered || len(r.told()) != told+2 {
		r.t.Errorf("answered %v, %d events", answered, len(r.told())-told)
	}
	r.store.broken = engine.Errorf(engine.Quota, "the disk is full")
	request.User = person("eve")
	if a := r.ask(request); engine.CodeOf(a.Err) != engine.Quota {
		r.t.Errorf("what cannot be kept: %v", a.Err)
	}
}

// Nothing is told, and no call returns, before it is kept. What cannot be kept does not
// count.
func TestKeptBeforeItIsAcknowledged(t *testing.T) {
	run(t, func(r *rig) {
		p := r.open(lunch())
		vote := script.ContestRequest{Origin: script.Origin{Script: "test"}, Op: script.ContestVote, ID: p.ID, Choices: []int{1}}
		r.keepsFirst(vote, "2")
		r.says("bob", "3")
		r.store.broken = nil
		if got := r.state(p).Result; !slices.Equal(got.Votes, []float64{1, 1, 0}) {
			t.Errorf("%+v", got)
		}
	})
}

// So it is with entries: none is told of, and none is in the list, before it is on the disk.
func TestEntriesAreKeptBeforeTheyAreAcknowledged(t *testing.T) {
	run(t, func(r *rig) {
		f := r.open(cake())
		r.said()
		r.keepsFirst(script.ContestRequest{Origin: script.Origin{Script: "test"}, Op: script.ContestEnter, Raffle: true, ID: f.ID}, "!join")
		r.says("mia", "!join")
		r.expect("mia: the disk is full") // who is not in must know
		r.store.broken = nil
		if got := r.verb(f, script.ContestClose); got.Entries != 2 || len(got.Proof.Entries) != 2 || got.Proof.Verify() != nil {
			t.Errorf("%+v", got)
		}
	})
}

func TestPollOverARestart(t *testing.T) {
	run(t, func(r *rig) {
		p := r.open(lunch())
		r.says("ann", "1")
		pass(20 * time.Second)
		r.restart()
		r.says("ann", "3")
		r.says("bob", "2")
		r.said()
		var waited *script.ContestAnswer
		r.Do(script.ContestRequest{Origin: script.Origin{Script: "test"}, Op: script.ContestWait, ID: p.ID}, func(a script.ContestAnswer) { waited = &a })
		pass(39 * time.Second)
		r.expect()
		pass(time.Second)
		r.expect("Poll has ended: Lunch? a tie between green salad, nothing (1) soup: 0, 2) green salad: 1, 3) nothing: 1)")
		if waited == nil || waited.Contests[0].Result.Decided != poll.DecidedNot {
			t.Errorf("%+v", waited)
		}
		r.restart()
		if got := r.state(p); got.Status != "ended" || got.Result.Voters != 2 {
			t.Errorf("a month later: %+v", got)
		}
	})
}

// A poll whose time comes while the daemon is down ends when it is back.
func TestEndedMeanwhile(t *testing.T) {
	run(t, func(r *rig) {
		p := r.open(lunch())
		f := r.open(cake())
		r.says("ann", "1")
		r.says("ann", "!join")
		r.said()
		r.stop()
		pass(time.Hour)
		r.waits = true
		r.start()
		pass(time.Hour)
		r.expect()
		if got := r.state(p); got.Status != "started" {
			t.Errorf("before there is anybody to tell: %+v", got)
		}
		r.says("bob", "2") // too late
		r.says("bob", "!vote 2")
		r.says("bob", "!join")
		r.Begin()
		synctest.Wait()
		r.expect("The raffle for a cake is closed with 1 entries. List: "+r.state(f).ListHash, "ann wins a cake!"+r.proof(f),
			"Poll has ended: Lunch? soup wins (1) soup: 1, 2) green salad: 0, 3) nothing: 0)")
		if got := r.state(p); got.Status != "ended" || got.Result.Winner != 1 {
			t.Errorf("%+v", got)
		}
		if got := r.state(f); got.Status != "drawn" || len(got.Winners) != 1 || got.Winners[0].Account != "ann" {
			t.Errorf("%+v", got)
		}
	})
}

// What was decided and kept is told after a crash, once and in its order.
func TestToldAfterACrash(t *testing.T) {
	run(t, func(r *rig) {
		p, f := r.open(lunch()), r.open(cake())
		r.says("ann", "1")
		r.says("ann", "!join")
		r.said()
		r.dead.Store(true)
		pass(time.Minute)
		if got := r.state(p).Status + r.state(f).Status; got != "endeddrawn" {
			t.Fatal(got)
		}
		if _, err := os.Stat(filepath.Join(r.dir, f.ID+".json")); err != nil {
			t.Error(err)
		}
		won := r.proof(f)
		r.restart()
		r.expect()
		r.dead.Store(false)
		r.restart()
		r.expect("The raffle for a cake is closed with 1 entries. List: "+r.state(f).ListHash, "ann wins a cake!"+won,
			"Poll has ended: Lunch? soup wins (1) soup: 1, 2) green salad: 0, 3) nothing: 0)")
		r.restart()
		r.expect()
	})
}

// Who was drawn could not be heard while the daemon was down.
func TestClaimAfterARestart(t *testing.T) {
	run(t, func(r *rig) {
		s := cake()
		s.Raffle.Claim = time.Minute
		f := r.open(s)
		r.says("ann", "!join")
		r.verb(f, script.ContestClose)
		pass(50 * time.Second)
		r.stop()
		pass(time.Hour)
		r.start()
		pass(59 * time.Second)
		r.said()
		r.says("ann", "here")
		r.expect("ann wins a cake!" + r.proof(f))
	})
}

// Nobody loses a prize because the connection was lost: they have all their time once they can be heard.
func TestClaimWithoutConnection(t *testing.T) {
	run(t, func(r *rig) {
		s := cake()
		s.Raffle.Claim = time.Minute
		f := r.open(s)
		r.says("ann", "!join")
		r.verb(f, script.ContestClose)
		pass(50 * time.Second)
		r.away.Store(true)
		r.happens(engine.User{}, engine.Disconnected{})
		pass(time.Hour)
		if st := r.state(f).Status; st != "ended" {
			t.Fatalf("it is %s", st)
		}
		r.away.Store(false)
		r.happens(engine.User{}, engine.Connected{})
		pass(59 * time.Second)
		r.said()
		r.says("ann", "here")
		r.expect("ann wins a cake!" + r.proof(f))
	})
}

// Who is drawn while the disk still takes the end of the raffle can claim the prize all the same.
func TestDrawnWhileItEnds(t *testing.T) {
	run(t, func(r *rig) {
		s := cake()
		s.Raffle.Claim = time.Minute
		f := r.open(s)
		r.says("ann", "!join")
		r.says("bob", "!join")
		first := r.verb(f, script.ContestClose).Claiming[0].Name
		r.store.closed = true
		r.says(first, "here") // all is claimed
		r.Do(script.ContestRequest{Origin: script.Origin{Script: "test"}, Op: script.ContestDraw, ID: f.ID, Raffle: true}, func(a script.ContestAnswer) {
			if a.Err != nil {
				t.Error(a.Err)
			}
		})
		synctest.Wait()
		r.store.open()
		synctest.Wait()
		r.said()
		second := r.state(f).Claiming[0].Name
		r.says(second, "here")
		r.expect(first + ", " + second + " wins a cake!" + r.proof(f))
	})
}

// A raffle that was removed is no raffle with entries missing.
func TestRemovedAndRestarted(t *testing.T) {
	run(t, func(r *rig) {
		f := r.open(cake())
		r.says("ann", "!join")
		r.verb(f, script.ContestClose)
		r.verb(f, script.ContestCleanup)
		r.restart()
		if st := r.state(f).Status; st != "removed" || strings.Contains(r.log.String(), "ERROR") {
			t.Errorf("it is %s; logged %s", st, r.log.String())
		}
	})
}

// Whoever sets the clock makes no poll or raffle longer than it is to be; and one that is due by the
// clock as it is now ends soon.
func TestClockIsSet(t *testing.T) {
	run(t, func(r *rig) {
		s, f := lunch(), cake()
		s.Poll.Length, f.Raffle.Length = 10*time.Minute, 10*time.Minute
		for _, set := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
			for _, running := range []bool{true, false} {
				p, q := r.open(s), r.open(f)
				r.says("ann", "1")
				if !running {
					r.stop()
				}
				r.set.Add(int64(set))
				if !running {
					r.start()
				}
				end := 11 * time.Minute
				if set > 0 {
					end = time.Minute + time.Second
				}
				pass(end)
				synctest.Wait()
				if got := r.state(p).Status + r.state(q).Status; got != "endeddrawn" {
					t.Errorf("clock set by %s, running %v: %s", set, running, got)
				}
			}
		}
	})
}

// Weights that mean nothing are refused before anybody votes.
func TestWeightsAreChecked(t *testing.T) {
	run(t, func(r *rig) {
		for _, w := range []float64{-1, math.NaN(), math.Inf(1)} {
			for _, s := range []script.ContestSpec{lunch(), cake()} {
				s.Weights = map[string]float64{"guest": w}
				if got := r.ask(script.ContestRequest{Op: script.ContestOpen, Raffle: s.Raffle != nil, Room: here, Spec: &s}); engine.CodeOf(got.Err) != engine.Invalid {
					t.Errorf("%v: %v", w, got.Err)
				}
			}
		}
	})
}

// The message that a poll was opened with after a crash is its message.
func TestOpenedAfterACrash(t *testing.T) {
	run(t, func(r *rig) {
		r.caps.Can = r.caps.Can.With(engine.CapEdit)
		r.dead.Store(true)
		r.open(lunch())
		r.dead.Store(false)
		r.restart()
		r.expect("Poll: Lunch? 1) soup 2) green salad 3) nothing. Say the number or !vote 1. Ends in 1m.")
		r.says("ann", "1")
		r.expect("edit: Poll: Lunch? 1) soup: 1, 2) green salad: 0, 3) nothing: 0. Say the number or !vote 1. Ends in 1m.")
	})
}

// What the network refuses is not said again and again.
func TestRefusedOnce(t *testing.T) {
	run(t, func(r *rig) {
		r.answer = func(engine.Action) engine.Receipt { return engine.Fail(engine.Errorf(engine.Denied, "muted")) }
		r.open(lunch())
		synctest.Wait()
		r.said()
		r.restart()
		r.expect()
	})
}

func TestRaffleInChat(t *testing.T) {
	run(t, func(r *rig) {
		s := cake()
		s.Raffle.Claim = 10 * time.Second
		f := r.open(s)
		if said := r.said(); len(said) != 1 || !strings.Contains(said[0], f.Commitment) || !strings.HasPrefix(said[0], "Raffle for a cake: say !join to enter. Ends in 1m.") {
			t.Errorf("%q", said)
		}
		for _, name := range []string{"ann", "bob", "eve", "ann"} {
			r.says(name, "!JOIN")
		}
		r.says("mia", "!joint venture")
		if !r.Takes(here, "join") || r.Takes(here, "vote") {
			t.Error("the keyword is a command as long as the raffle is open, and no other is")
		}
		pass(20 * time.Second)
		r.restart()
		if got := r.state(f); got.Entries != 3 {
			t.Fatalf("%+v", got)
		}
		r.said()
		pass(40 * time.Second)
		synctest.Wait()
		got := r.state(f)
		if got.Status != "ended" || len(got.Drawn) != 1 {
			t.Fatalf("%+v", got)
		}
		first := got.Drawn[0].Name
		r.expect("The raffle for a cake is closed with 3 entries. List: "+got.ListHash, first+": drawn for a cake! Say something within 10s to claim it.")
		r.restart()
		pass(10 * time.Second)
		synctest.Wait()
		second := r.state(f).Drawn[1].Name
		r.expect(second + ": drawn for a cake! Say something within 10s to claim it.")
		r.says(first, "me!")
		r.expect()
		r.says(second, "me!")
		r.expect(second + " wins a cake!" + r.proof(f))
		got = r.state(f)
		b, err := os.ReadFile(filepath.Join(r.dir, f.ID+".json"))
		var proof raffle.Proof
		if err == nil {
			err = json.Unmarshal(b, &proof)
		}
		if err != nil || proof.Verify() != nil || got.Proof == nil || proof.Commitment != f.Commitment || !slices.Equal(proof.Winners(), []string{second}) {
			t.Errorf("%v, %v, %s", err, proof.Verify(), b)
		}
		if r.Takes(here, "join") {
			t.Error("the raffle is over")
		}
	})
}

func TestRaffleLimits(t *testing.T) {
	run(t, func(r *rig) {
		f := r.open(cake())
		r.says("ann", "!join")
		r.verb(f, script.ContestClose)
		s := cake()
		s.Raffle.Exclude, s.Raffle.MinMessages, s.Raffle.Keyword = time.Hour, 1, "me too"
		f = r.open(s)
		r.said()
		r.says("ann", "me too") // has won
		r.expect("ann: ann has won lately")
		r.says("bob", "Me Too")
		r.says("eve", "me too")
		r.says("eve", "what a cake")
		r.restart()
		if got := r.verb(f, script.ContestClose); got.Entries != 1 || got.Winners[0].Name != "eve" {
			t.Errorf("%+v", got)
		}
	})
}

// Who was drawn and did not claim the prize, or had to give it back, has not won.
func TestWhoHasWonLately(t *testing.T) {
	run(t, func(r *rig) {
		enters := func(name string, may bool) script.ContestInfo {
			t.Helper()
			s := cake()
			s.Raffle.Exclude, s.Raffle.Claim, s.Raffle.Reroll = time.Hour, 10*time.Second, 0
			f := r.open(s)
			r.said()
			r.says(name, "!join")
			if may {
				r.expect()
			} else {
				r.expect(name + ": " + name + " has won lately")
			}
			r.verb(f, script.ContestClose)
			r.said()
			return f
		}
		enters("ann", true)
		pass(time.Minute) // and ann says nothing
		anns := enters("ann", true)
		r.says("ann", "here")
		r.expect("ann wins a cake!" + r.proof(anns))
		enters("ann", false)

		bobs := enters("bob", true)
		r.says("bob", "here")
		r.restart()
		r.must(script.ContestRequest{Op: script.ContestReroll, Raffle: true, ID: bobs.ID, User: person("bob"), Why: "absent"})
		r.said()
		bobs2 := enters("bob", true)
		r.says("bob", "here")
		r.said()
		if got := r.ask(script.ContestRequest{Op: script.ContestReroll, Raffle: true, ID: bobs.ID, User: person("bob")}); got.Err == nil {
			t.Error("bob gave the first prize back twice")
		}
		if got := r.state(bobs2); len(got.Winners) != 1 {
			t.Errorf("%+v", got)
		}
		enters("bob", false)
	})
}

func TestRaffleWithAnswers(t *testing.T) {
	run(t, func(r *rig) {
		s := cake()
		s.Raffle.Question, s.Raffle.Answers = "Colour?", []string{"red", "blue"}
		f := r.open(s)
		r.says("ann", "!join red")
		r.says("bob", "!join 2")
		r.said()
		r.says("eve", "!join green")
		r.expect("eve: write !join and the answer, or its number: 1) red 2) blue")
		pass(time.Minute)
		if got := r.state(f); got.Status != "ended" || !slices.Equal(got.Answers, []int{1, 1}) {
			t.Errorf("%+v", got)
		}
		r.restart()
		got := r.must(script.ContestRequest{Op: script.ContestDraw, ID: f.ID, Raffle: true, Answer: 2})
		if got.Status != "drawn" || got.Winners[0].Name != "bob" || got.Proof.Verify() != nil {
			t.Errorf("%+v", got)
		}
		if got = r.must(script.ContestRequest{Op: script.ContestReroll, ID: f.ID, Raffle: true, User: person("bob"), Why: "left"}); len(got.Winners) != 0 {
			t.Errorf("%+v", got)
		}
		if r.verb(f, script.ContestHide); r.verb(f, script.ContestCleanup).Status != "removed" {
			t.Error("not removed")
		}
	})
}

// One word enters one raffle, also if it is the usual one.
func TestKeywordsDiffer(t *testing.T) {
	run(t, func(r *rig) {
		first := r.open(cake())
		again := cake()
		if a := r.ask(script.ContestRequest{Op: script.ContestOpen, Raffle: true, Room: here, Spec: &again}); engine.CodeOf(a.Err) != engine.Conflict ||
			!strings.Contains(a.Err.Error(), "another raffle in "+string(here)+" has the keyword !join") {
			t.Errorf("%v", a.Err)
		}
		other := cake()
		other.Raffle.Keyword = "me too"
		r.open(other)
		r.verb(first, script.ContestCancel)
		r.open(cake())
	})
}

// A list has those that are over if that is wanted, and none of them with all its entries.
func TestListOfWhatIsOver(t *testing.T) {
	run(t, func(r *rig) {
		over := r.open(cake())
		r.says("ann", "!join")
		if got := r.verb(over, script.ContestClose); got.Proof == nil {
			t.Fatalf("%+v", got)
		}
		open := r.open(cake())
		for wanted, want := range map[bool][]string{false: {open.ID}, true: {over.ID, open.ID}} {
			var ids []string
			for _, c := range r.ask(script.ContestRequest{Op: script.ContestList, Raffle: true, Room: here, Over: wanted}).Contests {
				ids = append(ids, c.ID)
				if c.Proof != nil {
					t.Errorf("%s comes with its proof", c.ID)
				}
			}
			slices.Sort(ids) // both were opened in one moment
			slices.Sort(want)
			if !slices.Equal(ids, want) {
				t.Errorf("over %v: %v, want %v", wanted, ids, want)
			}
		}
	})
}

func TestUnknown(t *testing.T) {
	run(t, func(r *rig) {
		p := r.open(lunch())
		for _, q := range []script.ContestRequest{
			{Op: script.ContestState, ID: "x"}, {Op: script.ContestState, ID: p.ID, Raffle: true},
			{Op: script.ContestOpen, Room: "net/elsewhere", Spec: &script.ContestSpec{Poll: lunch().Poll}},
		} {
			if a := r.ask(q); engine.CodeOf(a.Err) != engine.NotFound {
				t.Errorf("%+v: %v", q, a.Err)
			}
		}
		for range 20 {
			s := lunch()
			if a := r.ask(script.ContestRequest{Op: script.ContestOpen, Room: here, Spec: &s}); a.Err != nil {
				if engine.CodeOf(a.Err) != engine.Quota {
					t.Error(a.Err)
				}
				return
			}
		}
		t.Error("there can be any number of polls")
	})
}
