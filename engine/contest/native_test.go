package contest_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/poll"
	"botd/engine/raffle"
	"botd/engine/script"
)

// network is one that has polls and raffles of its own.
type network struct {
	r      *rig
	poll   engine.PollChanged
	raffle engine.RaffleChanged
	draws  []string // whom it will draw
	opened []engine.Action
	refuse error
	down   atomic.Bool
}

func (r *rig) native() *network {
	n := &network{r: r}
	r.caps.Can = r.caps.Can.With(engine.CapPoll, engine.CapRaffle)
	r.answer = n.do
	return n
}

func (n *network) tell(b engine.Body) {
	n.r.Hear(&engine.Event{Session: "net", Platform: "net", Room: engine.Room{ID: "room"}, Body: b})
}

func (n *network) do(a engine.Action) engine.Receipt {
	switch a := a.(type) {
	case engine.OpenPoll:
		if n.refuse != nil {
			return engine.Fail(n.refuse)
		}
		n.opened = append(n.opened, a)
		n.poll = engine.PollChanged{Poll: "77", Question: a.Question, Status: "started"}
		for _, o := range a.Options {
			n.poll.Options = append(n.poll.Options, engine.PollOption{Text: o})
		}
		n.tell(n.poll)
	case engine.SetPoll:
		if n.down.Load() {
			return engine.Fail(engine.Errorf(engine.NotConnected, "no connection"))
		}
		n.poll.Status = map[string]string{"pause": "paused", "resume": "started", "end": "ended"}[a.Verb]
		n.tell(n.poll)
	case engine.OpenRaffle:
		n.opened = append(n.opened, a)
		n.raffle = engine.RaffleChanged{Raffle: "88", Prize: a.Prize, Status: "started"}
		n.tell(n.raffle)
	case engine.SetRaffle:
		return n.setRaffle(a)
	}
	return engine.Receipt{Status: engine.Echoed}
}

func (n *network) setRaffle(a engine.SetRaffle) engine.Receipt {
	switch a.Verb {
	case "end":
		n.raffle.Status = "ended"
	case "draw":
		if len(n.draws) == 0 {
			return engine.Fail(engine.Errorf(engine.NotFound, "nobody is left"))
		}
		n.raffle.Status = "drawn"
		n.raffle.Winners = append(slices.Clone(n.raffle.Winners), person(n.draws[0]))
		n.draws = n.draws[1:]
	case "cleanup":
		n.raffle.Status = "removed"
	}
	n.tell(n.raffle)
	return engine.Receipt{Status: engine.Echoed}
}

func (n *network) votes(counts ...float64) {
	n.r.mu.Lock()
	n.poll.Options = slices.Clone(n.poll.Options)
	for i, v := range counts {
		n.poll.Options[i].Votes = v
	}
	n.tell(n.poll)
	n.r.mu.Unlock()
	synctest.Wait()
}

func TestNativePoll(t *testing.T) {
	run(t, func(r *rig) {
		n := r.native()
		p := r.open(lunch())
		if !p.Native || p.ID != "77" {
			t.Fatalf("%+v", p)
		}
		n.votes(1, 3, 0)
		r.says("ann", "1") // says it to somebody
		if a := r.ask(script.ContestRequest{Op: script.ContestVote, ID: p.ID, User: person("ann"), Choices: []int{1}}); engine.CodeOf(a.Err) != engine.Unsupported {
			t.Errorf("%v", a.Err)
		}
		if got := r.verb(p, script.ContestPause); got.Status != "paused" {
			t.Errorf("%+v", got)
		}
		r.verb(p, script.ContestResume)
		r.restart()
		r.Hear(&engine.Event{Session: "net", Room: engine.Room{ID: "room"}, Body: engine.Connected{}})
		n.votes(1, 4, 0)
		n.down.Store(true)
		pass(time.Minute)
		if got := r.state(p); got.Status != "started" {
			t.Errorf("%+v", got)
		}
		n.down.Store(false)
		pass(time.Minute)
		if got := r.state(p); got.Status != "ended" || got.Result.Winner != 2 || !slices.Equal(got.Result.Votes, []float64{1, 4, 0}) || got.Identity != "account" {
			t.Errorf("%+v %+v", got, got.Result)
		}
		if len(r.told()) != 0 {
			t.Errorf("the network tells of its polls itself: %v", r.told())
		}
	})
}

// Who may take part is for the network to see to, followers too.
func TestNativeLimits(t *testing.T) {
	run(t, func(r *rig) {
		n := r.native()
		s := lunch()
		s.SubscribersOnly = true
		if p := r.open(s); !p.Native {
			t.Errorf("%+v", p)
		}
		f := cake()
		f.FollowersOnly = true
		if p := r.open(f); !p.Native {
			t.Errorf("%+v", p)
		}
		if len(n.opened) != 2 {
			t.Fatalf("%+v", n.opened)
		}
		if a := n.opened[0].(engine.OpenPoll); !a.SubscribersOnly || a.FollowersOnly {
			t.Errorf("%+v", a)
		}
		if a := n.opened[1].(engine.OpenRaffle); a.SubscribersOnly || !a.FollowersOnly {
			t.Errorf("%+v", a)
		}
	})
}

// What the network cannot do as it is wanted, or will not do now, takes place in chat.
func TestNotNative(t *testing.T) {
	for name, change := range map[string]func(*rig, *network, *script.ContestSpec){
		"ranked":  func(_ *rig, _ *network, s *script.ContestSpec) { s.Poll.Method = poll.Ranked },
		"hidden":  func(_ *rig, _ *network, s *script.ContestSpec) { s.Poll.Hidden = true },
		"weights": func(_ *rig, _ *network, s *script.ContestSpec) { s.Weights = map[string]float64{"owner": 2} },
		"roles":   func(_ *rig, _ *network, s *script.ContestSpec) { s.Roles = []string{"owner"} },
		"changes": func(_ *rig, _ *network, s *script.ContestSpec) { s.Changes = true },
		"run-off": func(_ *rig, _ *network, s *script.ContestSpec) { s.Poll.Tie = poll.TieRunoff },
		"never":   func(_ *rig, _ *network, s *script.ContestSpec) { s.InChat = true },
		"denied":  func(_ *rig, n *network, _ *script.ContestSpec) { n.refuse = engine.Errorf(engine.Denied, "no") },
		"conflict": func(_ *rig, n *network, _ *script.ContestSpec) {
			n.refuse = engine.Errorf(engine.Conflict, "one is open")
		},
		"forgets": func(r *rig, _ *network, _ *script.ContestSpec) { r.forgets = true },
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(r *rig) {
				n := r.native()
				s := lunch()
				change(r, n, &s)
				if p := r.open(s); p.Native || p.Status != "started" {
					t.Errorf("%+v", p)
				}
			})
		})
	}
}

// A poll that is gone after a reconnect has ended with what was known last.
func TestNativeGone(t *testing.T) {
	run(t, func(r *rig) {
		n := r.native()
		p := r.open(lunch())
		n.votes(0, 0, 2)
		r.restart()
		r.Hear(&engine.Event{Session: "net", Room: engine.Room{ID: "room"}, Body: engine.Connected{}})
		pass(10 * time.Second)
		if got := r.state(p); got.Status != "ended" || got.Result.Winner != 3 {
			t.Errorf("%+v", got)
		}
	})
}

func TestNativeCancelled(t *testing.T) {
	run(t, func(r *rig) {
		r.native()
		if got := r.verb(r.open(lunch()), script.ContestCancel); got.Status != "cancelled" {
			t.Errorf("%+v", got)
		}
	})
}

// It may draw somebody again: nobody wins twice all the same.
func TestNativeRaffle(t *testing.T) {
	run(t, func(r *rig) {
		n := r.native()
		n.draws = []string{"ann", "ann", "bob"}
		s := script.ContestSpec{Raffle: &raffle.Spec{Prize: "a cake", Winners: 2, Length: time.Minute}}
		f := r.open(s)
		if !f.Native || f.ID != "88" || f.Commitment != "" {
			t.Fatalf("%+v", f)
		}
		pass(time.Minute)
		got := r.state(f)
		var names []string
		for _, w := range got.Winners {
			names = append(names, w.Name)
		}
		if got.Status != "drawn" || !slices.Equal(names, []string{"ann", "bob"}) || got.Proof != nil {
			t.Errorf("%v %+v", names, got)
		}
		r.mu.Lock()
		n.draws = nil
		r.mu.Unlock()
		s.Raffle = &raffle.Spec{Prize: "a tart"}
		f = r.open(s)
		if got := r.verb(f, script.ContestClose); got.Status != "drawn" || len(got.Winners) != 0 {
			t.Errorf("nobody entered: %+v", got)
		}
	})
}

// A prize that nobody claims is drawn again so often as it was said, and no more.
func TestNativeRaffleIsNotClaimed(t *testing.T) {
	for rerolls, want := range [][]string{{"ann"}, {"ann", "bob"}} {
		run(t, func(r *rig) {
			n := r.native()
			n.draws = []string{"ann", "bob", "eve", "mia"}
			f := r.open(script.ContestSpec{Raffle: &raffle.Spec{Prize: "a cake", Length: time.Minute, Claim: 10 * time.Second, Reroll: rerolls}})
			pass(10 * time.Minute)
			var names []string
			got := r.state(f)
			for _, d := range got.Drawn {
				names = append(names, d.Name)
			}
			if got.Status != "drawn" || len(got.Winners) != 0 || !slices.Equal(names, want) {
				t.Errorf("%d times: %s, drawn %v, want %v", rerolls, got.Status, names, want)
			}
		})
	}
}
