package contest_test

import (
	"slices"
	"testing"

	"botd/engine"
	"botd/engine/script"
)

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
