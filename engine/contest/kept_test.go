package contest_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/poll"
	"botd/engine/script"
)

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

// Nobody loses a prize because they could not be heard: they have all their time for it once they can.
func TestClaimUnheard(t *testing.T) {
	for name, hour := range map[string]func(r *rig, f script.ContestInfo){
		"no daemon": func(r *rig, _ script.ContestInfo) {
			r.stop()
			pass(time.Hour)
			r.start()
		},
		"no connection": func(r *rig, f script.ContestInfo) {
			r.away.Store(true)
			r.happens(engine.User{}, engine.Disconnected{})
			pass(time.Hour)
			if st := r.state(f).Status; st != "ended" {
				r.t.Errorf("it is %s", st)
			}
			r.away.Store(false)
			r.happens(engine.User{}, engine.Connected{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(r *rig) {
				s := cake()
				s.Raffle.Claim = time.Minute
				f := r.open(s)
				r.says("ann", "!join")
				r.verb(f, script.ContestClose)
				pass(50 * time.Second)
				hour(r, f)
				pass(59 * time.Second)
				r.said()
				r.says("ann", "here")
				r.expect("ann wins a cake!" + r.proof(f))
			})
		})
	}
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
