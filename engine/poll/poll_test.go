package poll_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"botd/engine"
	"botd/engine/poll"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, s poll.Spec) *poll.Poll {
	t.Helper()
	if s.Question == "" {
		s.Question, s.Options = "Which?", []string{"tea", "coffee", "milk"}
	}
	p, fx, err := poll.Open(s, start, 7)
	if err != nil {
		t.Fatal(err)
	}
	if want := (poll.Effects{Head: true, Say: poll.MomentOpened}); fx != want {
		t.Errorf("effects %+v, want %+v", fx, want)
	}
	return p
}

// cast has voters v1, v2 … each cast a ballot.
func cast(t testing.TB, p *poll.Poll, ballots ...[]int) {
	t.Helper()
	for i, choices := range ballots {
		voter := fmt.Sprintf("v%d", i+1)
		if _, err := p.Vote(voter, poll.Ballot{Choices: choices, Weight: 1, Name: voter}); err != nil {
			t.Fatal(err)
		}
	}
}

func one(n ...int) (out [][]int) {
	for _, c := range n {
		out = append(out, []int{c})
	}
	return out
}

func TestCounting(t *testing.T) {
	tests := []struct {
		name    string
		spec    poll.Spec
		ballots [][]int
		winner  int
		decided poll.Decided
		votes   []float64
	}{
		{"most votes", poll.Spec{}, one(1, 2, 2, 3), 2, poll.DecidedMost, []float64{1, 2, 1}},
		{"nobody", poll.Spec{}, nil, 0, poll.DecidedEmpty, []float64{0, 0, 0}},
		{"a tie stays one", poll.Spec{}, one(1, 2), 0, poll.DecidedNot, []float64{1, 1, 0}},
		{"too few", poll.Spec{Quorum: 3}, one(1, 1), 0, poll.DecidedQuorum, []float64{2, 0, 0}},
		{"just enough", poll.Spec{Quorum: 2}, one(1, 1), 1, poll.DecidedMost, []float64{2, 0, 0}},
		{"approval", poll.Spec{Method: poll.Approval}, [][]int{{1, 2}, {2, 3}, {2}}, 2, poll.DecidedMost, []float64{1, 3, 1}},
		// Milk leaves, and its voter prefers coffee to tea.
		{"instant run-off", poll.Spec{Method: poll.Ranked}, [][]int{{1}, {1}, {2, 1}, {2}, {3, 2}}, 2, poll.DecidedMost, []float64{2, 2, 1}},
		{"a ballot runs out", poll.Spec{Method: poll.Ranked}, [][]int{{1}, {1}, {2}, {2}, {3}}, 0, poll.DecidedNot, []float64{2, 2, 1}},
		{"more than half at once", poll.Spec{Method: poll.Ranked}, [][]int{{3, 1}, {3}, {1, 2}}, 3, poll.DecidedMost, []float64{1, 0, 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t, tt.spec)
			cast(t, p, tt.ballots...)
			fx, err := p.Close(start)
			if err != nil || fx.Say != poll.MomentEnded {
				t.Fatalf("%+v, %v", fx, err)
			}
			got := p.Result
			if got.Winner != tt.winner || got.Decided != tt.decided || !slices.Equal(got.Votes, tt.votes) {
				t.Errorf("winner %d by %s with %v; want %d by %s with %v", got.Winner, got.Decided, got.Votes, tt.winner, tt.decided, tt.votes)
			}
		})
	}
}

func TestWeights(t *testing.T) {
	p := open(t, poll.Spec{})
	for voter, b := range map[string]poll.Ballot{
		"a": {Choices: []int{1}, Weight: 1}, "b": {Choices: []int{1}, Weight: 1, ByNick: true}, "c": {Choices: []int{2}, Weight: 2.5},
	} {
		if _, err := p.Vote(voter, b); err != nil {
			t.Fatal(err)
		}
	}
	r := p.Tally()
	if r.Winner != 2 || r.Voters != 3 || r.ByNick != 1 {
		t.Errorf("%+v", r)
	}
}

func TestRandomTieIsByTheSeed(t *testing.T) {
	winners := map[int]int{}
	for seed := range uint64(200) {
		p, _, _ := poll.Open(poll.Spec{Question: "q", Options: []string{"a", "b", "c"}, Tie: poll.TieRandom}, start, seed)
		cast(t, p, one(1, 3)...)
		if _, err := p.Close(start); err != nil {
			t.Fatal(err)
		}
		if p.Result.Decided != poll.DecidedLot {
			t.Fatalf("%+v", p.Result)
		}
		winners[p.Result.Winner]++
	}
	if winners[2] != 0 || winners[1] < 70 || winners[3] < 70 {
		t.Errorf("winners %v", winners)
	}
}

func TestRunoff(t *testing.T) {
	p := open(t, poll.Spec{Length: time.Minute, Tie: poll.TieRunoff})
	cast(t, p, one(1, 2, 1, 2, 3)...)
	fx, err := p.Tick(start.Add(time.Minute))
	if err != nil || fx != (poll.Effects{Head: true, Say: poll.MomentRunoff}) {
		t.Fatalf("%+v, %v", fx, err)
	}
	if p.Round != 2 || !slices.Equal(p.Standing, []int{1, 2}) || p.Ballots() != 0 || !p.Due().Equal(start.Add(2*time.Minute)) {
		t.Fatalf("round %d of %v, %d ballots, due %s", p.Round, p.Standing, p.Ballots(), p.Due())
	}
	if _, err := p.Vote("x", poll.Ballot{Choices: []int{3}, Weight: 1}); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("a vote for who is out: %v", err)
	}
	cast(t, p, one(1, 2)...)
	if fx, _ = p.Tick(start.Add(2 * time.Minute)); fx.Say != poll.MomentEnded || p.Result.Decided != poll.DecidedLot {
		t.Errorf("a second tie: %+v, %+v", fx, p.Result)
	}
}

// A run-off in which nobody votes leaves the tie as it was.
func TestRunoffWithoutVotes(t *testing.T) {
	for quorum, want := range []poll.Decided{poll.DecidedLot, poll.DecidedEmpty} {
		p := open(t, poll.Spec{Tie: poll.TieRunoff, Quorum: quorum})
		cast(t, p, one(1, 2)...)
		_, _ = p.Close(start)
		_, err := p.Close(start)
		if r := p.Result; err != nil || r.Decided != want || want == poll.DecidedLot && (!slices.Equal(r.First, []int{1, 2}) || !slices.Contains(r.First, r.Winner)) {
			t.Errorf("quorum %d: %+v, %v", quorum, r, err)
		}
	}
}

func TestOneVoteEach(t *testing.T) {
	p := open(t, poll.Spec{})
	cast(t, p, []int{1})
	_, err := p.Vote("v1", poll.Ballot{Choices: []int{2}, Weight: 1, Name: "v1"})
	if engine.CodeOf(err) != engine.Conflict {
		t.Errorf("a second vote: %v", err)
	}
	p = open(t, poll.Spec{Change: true})
	cast(t, p, []int{1})
	cast(t, p, []int{2})
	if r := p.Tally(); !slices.Equal(r.Votes, []float64{0, 1, 0}) || r.Voters != 1 {
		t.Errorf("after a change: %+v", r)
	}
	if fx, err := p.Vote("v1", poll.Ballot{Choices: []int{2}, Weight: 1}); fx != (poll.Effects{}) || err != nil {
		t.Errorf("the same again: %+v, %v", fx, err)
	}
	if fx, err := p.Withdraw("v1"); fx.Voter != "v1" || err != nil || p.Ballots() != 0 {
		t.Errorf("taken back: %+v, %v", fx, err)
	}
}

func TestVoteAfterARestart(t *testing.T) {
	head, err := json.Marshal(open(t, poll.Spec{}))
	p := &poll.Poll{}
	if err == nil {
		err = json.Unmarshal(head, p)
	}
	if err != nil {
		t.Fatal(err)
	}
	cast(t, p, []int{1})
	if p.Tally().Winner != 1 {
		t.Errorf("%+v", p.Tally())
	}
}

func TestClock(t *testing.T) {
	p := open(t, poll.Spec{Length: 10 * time.Minute, Announce: 4 * time.Minute})
	at := func(m int) time.Time { return start.Add(time.Duration(m) * time.Minute) }
	if fx, _ := p.Tick(at(3)); fx != (poll.Effects{}) {
		t.Errorf("early: %+v", fx)
	}
	if fx, _ := p.Tick(at(4)); fx.Say != poll.MomentProgress || !p.Due().Equal(at(8)) {
		t.Errorf("%+v, due %s", fx, p.Due())
	}
	if _, err := p.Pause(at(6)); err != nil {
		t.Fatal(err)
	}
	if fx, _ := p.Tick(at(100)); fx != (poll.Effects{}) || !p.Due().IsZero() {
		t.Errorf("while it rests: %+v, due %s", fx, p.Due())
	}
	if _, err := p.Vote("x", poll.Ballot{Choices: []int{1}, Weight: 1}); engine.CodeOf(err) != engine.Conflict {
		t.Errorf("a vote while it rests: %v", err)
	}
	if _, err := p.Resume(at(100)); err != nil || !p.Due().Equal(at(104)) {
		t.Errorf("%v, due %s, until %s", err, p.Due(), p.Until)
	}
	if fx, _ := p.Tick(at(500)); fx.Say != poll.MomentEnded { // it was down for long
		t.Errorf("%+v", fx)
	}
	if _, err := p.Cancel(); engine.CodeOf(err) != engine.Conflict {
		t.Errorf("cancel after the end: %v", err)
	}
}

func TestSpecIsChecked(t *testing.T) {
	for name, s := range map[string]poll.Spec{
		"question": {Options: []string{"a", "b"}},
		"options":  {Question: "q", Options: []string{"a"}},
		"twice":    {Question: "q", Options: []string{"a", "a"}},
		"alike":    {Question: "q", Options: []string{"Green tea", "green  Tea"}},
		"blank":    {Question: " ", Options: []string{"a", "b"}},
		"spaces":   {Question: "q", Options: []string{"a", " "}},
		"empty":    {Question: "q", Options: []string{"a", ""}},
		"method":   {Question: "q", Options: []string{"a", "b"}, Method: "best"},
		"tie":      {Question: "q", Options: []string{"a", "b"}, Tie: "duel"},
		"length":   {Question: "q", Options: []string{"a", "b"}, Length: -1},
		"long":     {Question: "q", Options: []string{"a", strings.Repeat("b", poll.MaxText+1)}},
		"announce": {Question: "q", Options: []string{"a", "b"}, Announce: poll.MinAnnounce - 1},
	} {
		if _, _, err := poll.Open(s, start, 1); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever is done, in whatever order: a voter counts once at most, votes never exceed the
// voters' weights, a poll that is over stays as it is, and what was kept makes the same
// poll again.
func TestAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		spec := poll.Spec{
			Question: "q", Options: []string{"a", "b", "c", "d"}[:rapid.IntRange(2, 4).Draw(rt, "options")],
			Method:   rapid.SampledFrom([]poll.Method{poll.Plurality, poll.Approval, poll.Ranked}).Draw(rt, "method"),
			Tie:      rapid.SampledFrom([]poll.Tie{poll.TieNone, poll.TieRandom, poll.TieRunoff}).Draw(rt, "tie"),
			Change:   rapid.Bool().Draw(rt, "change"),
			Quorum:   rapid.IntRange(0, 3).Draw(rt, "quorum"),
			Length:   time.Duration(rapid.IntRange(0, 20).Draw(rt, "length")) * time.Second,
			Announce: time.Duration(rapid.SampledFrom([]int{0, 5, 7}).Draw(rt, "announce")) * time.Second,
		}
		p, _, err := poll.Open(spec, start, rapid.Uint64().Draw(rt, "seed"))
		if err != nil {
			rt.Fatal(err)
		}
		now := start
		kept := map[string]poll.Ballot{}
		head, _ := json.Marshal(p)
		keep := func(fx poll.Effects, err error) {
			if err != nil && fx != (poll.Effects{}) {
				rt.Fatalf("%v, but effects %+v", err, fx)
			}
			if fx.Head {
				head, _ = json.Marshal(p)
			}
			if b, ok := p.Ballot(fx.Voter); ok {
				kept[fx.Voter] = b
			} else if fx.Voter != "" {
				delete(kept, fx.Voter)
			}
		}
		do := map[string]func(*rapid.T){
			"vote": func(rt *rapid.T) {
				voter := rapid.SampledFrom([]string{"v", "w", "x", "y", "z"}).Draw(rt, "voter")
				choices := rapid.SliceOfN(rapid.IntRange(0, 5), 0, 3).Draw(rt, "choices")
				keep(p.Vote(voter, poll.Ballot{Choices: choices, Weight: float64(rapid.IntRange(0, 3).Draw(rt, "weight"))}))
			},
			"withdraw": func(rt *rapid.T) { keep(p.Withdraw("v")) },
			"pause":    func(rt *rapid.T) { keep(p.Pause(now)) },
			"resume":   func(rt *rapid.T) { keep(p.Resume(now)) },
			"close":    func(rt *rapid.T) { keep(p.Close(now)) },
			"cancel":   func(rt *rapid.T) { keep(p.Cancel()) },
			"wait": func(rt *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 9).Draw(rt, "seconds")) * time.Second)
				keep(p.Tick(now))
			},
			"restart": func(rt *rapid.T) {
				again := &poll.Poll{}
				if err := json.Unmarshal(head, again); err != nil {
					rt.Fatal(err)
				}
				for voter, b := range kept {
					again.Restore(voter, b)
				}
				if d := cmp.Diff(p.Tally(), again.Tally()); d != "" {
					rt.Fatalf("after a restart: -want +got\n%s", d)
				}
				if d := cmp.Diff(p, again, cmpopts.IgnoreUnexported(poll.Poll{}), cmpopts.EquateEmpty()); d != "" {
					rt.Fatalf("after a restart: -want +got\n%s", d)
				}
				p = again
			},
			"": func(rt *rapid.T) {
				r := p.Tally()
				weights := 0.0
				for _, voter := range []string{"v", "w", "x", "y", "z"} {
					b, _ := p.Ballot(voter)
					weights += b.Weight
				}
				sum := 0.0
				for _, n := range r.Votes {
					sum += n
				}
				if r.Voters > 5 || spec.Method != poll.Approval && sum != weights || r.Winner < 0 || r.Winner > len(spec.Options) {
					rt.Fatalf("%+v with weights of %v", r, weights)
				}
				if r.Winner != 0 && spec.Method != poll.Ranked && r.Votes[r.Winner-1] < slices.Max(r.Votes) {
					rt.Fatalf("%+v: another has more", r)
				}
				if p.Status == poll.Ended != (p.Result != nil) || p.Status.Over() && !p.Due().IsZero() {
					rt.Fatalf("%s with %+v, due %s", p.Status, p.Result, p.Due())
				}
			},
		}
		rt.Repeat(do)
	})
}

// However ballots came in, they add up to the same, to the last bit.
func TestSumsDoNotDependOnTheOrder(t *testing.T) {
	for _, weight := range []float64{1, 0.1, 1e15 + 0.3, 1 << 60} {
		a, b := open(t, poll.Spec{}), open(t, poll.Spec{})
		for i := range 200 {
			w := weight * float64(1+i%7)
			a.Restore(fmt.Sprint(i), poll.Ballot{Choices: []int{1 + i%2}, Weight: w, Round: 1})
			b.Restore(fmt.Sprint(199-i), poll.Ballot{Choices: []int{1 + (199-i)%2}, Weight: weight * float64(1+(199-i)%7), Round: 1})
		}
		if x, y := a.Tally(), b.Tally(); !slices.Equal(x.Votes, y.Votes) {
			t.Errorf("weight %v: %v and %v", weight, x.Votes, y.Votes)
		}
	}
}
