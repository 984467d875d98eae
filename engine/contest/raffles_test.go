package contest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/raffle"
	"botd/engine/script"
)

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
