package poll

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// Decided says what made the winner.
type Decided string

const (
	DecidedMost   Decided = "votes"  // the most votes, or of a ranked poll more than half
	DecidedLot    Decided = "lot"    // several were first, and a lot chose
	DecidedNot    Decided = "tie"    // several are first
	DecidedQuorum Decided = "quorum" // too few voted
	DecidedEmpty  Decided = "none"   // nobody voted
)

// Result is the outcome of a poll, or how it stands.
type Result struct {
	Votes   []float64 `json:"votes"`            // of each option; in a ranked poll, of those who like it best
	Winner  int       `json:"winner,omitempty"` // from 1; 0 if none
	First   []int     `json:"first,omitempty"`  // who was first before a lot, from 1
	Decided Decided   `json:"decided"`
	Voters  int       `json:"voters"`
	ByNick  int       `json:"by_nick,omitempty"` // voters of whom only a name is known
	Quorum  int       `json:"quorum,omitempty"`
	// Rounds are the counts of an instant run-off, one list of all options a round; options
	// that are out have 0.
	Rounds [][]float64 `json:"rounds,omitempty"`
	Out    []int       `json:"out,omitempty"` // who left after each round but the last
}

// Tally counts.
func (p *Poll) Tally() Result {
	if p.Native != nil {
		return p.tallyNative()
	}
	r := Result{Votes: make([]float64, len(p.Options)), Voters: len(p.ballots), Quorum: p.Quorum}
	ballots := p.inOrder()
	for _, b := range ballots {
		if b.ByNick {
			r.ByNick++
		}
		chosen := b.Choices
		if p.Method == Ranked {
			chosen = chosen[:1]
		}
		for _, c := range chosen {
			r.Votes[c-1] += b.Weight
		}
	}
	if p.Method == Ranked {
		r.instantRunoff(p.Standing, ballots, p.Seed)
	} else {
		r.First = first(r.Votes, p.Standing)
	}
	r.decide()
	return r
}

// inOrder lists the ballots so that they always add up to the same. Sums of fractions depend on their
// order, so it is fixed then; sums of whole numbers do not, and a crowd that votes is counted at each vote.
func (p *Poll) inOrder() []Ballot {
	list := make([]Ballot, 0, len(p.ballots))
	exact := true
	for _, b := range p.ballots {
		list = append(list, b)
		exact = exact && b.Weight == math.Trunc(b.Weight) && b.Weight <= 1<<32
	}
	if exact {
		return list
	}
	list = list[:0]
	for _, voter := range slices.Sorted(maps.Keys(p.ballots)) {
		list = append(list, p.ballots[voter])
	}
	return list
}

// tallyNative has only counts, of one vote each.
func (p *Poll) tallyNative() Result {
	r := Result{Votes: slices.Clone(p.Native), Quorum: p.Quorum}
	for _, n := range r.Votes {
		r.Voters += int(n)
	}
	r.First = first(r.Votes, p.Standing)
	r.decide()
	return r
}

// first are the options with the most votes, nil if there are none.
func first(votes []float64, standing []int) (list []int) {
	best := 0.0
	for _, o := range standing {
		switch n := votes[o-1]; {
		case n > best:
			best, list = n, []int{o}
		case n == best && n > 0:
			list = append(list, o)
		}
	}
	return list
}

func (r *Result) decide() {
	switch {
	case r.Voters == 0 || len(r.First) == 0:
		r.Decided = DecidedEmpty
	case r.Voters < r.Quorum:
		r.Decided = DecidedQuorum
	case len(r.First) > 1:
		r.Decided = DecidedNot
	default:
		r.Decided, r.Winner = DecidedMost, r.First[0]
	}
}

// draw has a lot decide what the votes did not.
func (r *Result) draw(seed uint64) {
	if r.Decided == DecidedNot {
		r.Decided, r.Winner = DecidedLot, r.First[lot(seed, 0).IntN(len(r.First))]
	}
}

// lot is the chance of a poll; each use of it has a number of its own.
func lot(seed, use uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, use)) }

// instantRunoff counts each ballot for the best of its options that is still in. While no
// option has more than half, the one with the fewest leaves: of several the one that had
// fewer in the round before, or in the one before that; if they were always alike, by
// lot. If all that are left are alike, all are first.
func (r *Result) instantRunoff(standing []int, ballots []Ballot, seed uint64) {
	in := slices.Clone(standing)
	for len(in) > 0 {
		votes, all := count(len(r.Votes), in, ballots)
		r.Rounds = append(r.Rounds, votes)
		r.First = first(votes, in)
		if all == 0 || len(r.First) == len(in) || votes[r.First[0]-1]*2 > all {
			return
		}
		out := r.last(in, seed)
		r.Out = append(r.Out, out)
		in = slices.DeleteFunc(in, func(o int) bool { return o == out })
	}
}

// count is one round: the votes of each option, and all together.
func count(options int, in []int, ballots []Ballot) (votes []float64, all float64) {
	votes = make([]float64, options)
	for _, b := range ballots {
		if i := slices.IndexFunc(b.Choices, func(c int) bool { return slices.Contains(in, c) }); i >= 0 {
			votes[b.Choices[i]-1] += b.Weight
			all += b.Weight
		}
	}
	return votes, all
}

// last is who leaves.
func (r *Result) last(in []int, seed uint64) int {
	worst := in
	for i := len(r.Rounds) - 1; i >= 0 && len(worst) > 1; i-- {
		worst = fewest(r.Rounds[i], worst)
	}
	return worst[lot(seed, uint64(len(r.Rounds))).IntN(len(worst))]
}

func fewest(votes []float64, in []int) (list []int) {
	for _, o := range in {
		switch {
		case len(list) == 0 || votes[o-1] < votes[list[0]-1]:
			list = []int{o}
		case votes[o-1] == votes[list[0]-1]:
			list = append(list, o)
		}
	}
	return list
}
