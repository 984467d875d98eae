// Package poll is the rules of a poll: a state machine without clock, chance, network or
// disk. Whoever runs one passes in the time and a seed, keeps what [Effects] name before
// telling anybody, and calls [Poll.Tick] when [Poll.Due] says so. A Poll belongs to one
// goroutine.
package poll

import (
	"maps"
	"math"
	"slices"
	"time"

	"botd/engine"
)

// Method says what a ballot is and how ballots are counted.
type Method string

const (
	Plurality Method = "plurality" // one option; the one with the most votes wins
	Approval  Method = "approval"  // any options; the one with the most votes wins
	Ranked    Method = "ranked"    // options from best to worst; instant run-off
)

// Tie says what happens if several options are first.
type Tie string

const (
	TieNone   Tie = "none"   // nobody wins
	TieRandom Tie = "random" // a lot decides
	TieRunoff Tie = "runoff" // those options are voted on again; if that changes nothing a lot decides
)

// Status is how a poll stands.
type Status string

const (
	Started   Status = "started"
	Paused    Status = "paused"
	Ended     Status = "ended"
	Cancelled Status = "cancelled"
)

// Over reports whether nothing can happen any more.
func (s Status) Over() bool { return s == Ended || s == Cancelled }

// Bounds of a poll. What is announced more often than every MinAnnounce is a flood.
const (
	MaxOptions  = 20
	MaxText     = 1000 // bytes of the question, and of each option
	MinAnnounce = 5 * time.Second
)

// Spec is what a poll is to be.
type Spec struct {
	Question string        `json:"question"`
	Options  []string      `json:"options"`
	Length   time.Duration `json:"length,omitempty"` // 0 until it is closed
	Method   Method        `json:"method"`
	Tie      Tie           `json:"tie"`
	Change   bool          `json:"change,omitempty"`   // a later vote of the same voter replaces the earlier one
	Quorum   int           `json:"quorum,omitempty"`   // voters without whom nothing is decided
	Hidden   bool          `json:"hidden,omitempty"`   // no counts before the end
	Announce time.Duration `json:"announce,omitempty"` // how often it is called to mind; 0 never
}

// Check fills what was left out and says what is wrong, with code Invalid.
func (s *Spec) Check() error {
	if s.Method == "" {
		s.Method = Plurality
	}
	if s.Tie == "" {
		s.Tie = TieNone
	}
	switch {
	case engine.Blank(s.Question):
		return engine.Errorf(engine.Invalid, "a poll needs a question")
	case len(s.Options) < 2 || len(s.Options) > MaxOptions:
		return engine.Errorf(engine.Invalid, "a poll needs 2 to %d options, got %d", MaxOptions, len(s.Options))
	case slices.ContainsFunc(s.Options, engine.Blank):
		return engine.Errorf(engine.Invalid, "an option needs a text")
	case slices.ContainsFunc(slices.Concat(s.Options, []string{s.Question}), func(text string) bool { return len(text) > MaxText }):
		return engine.Errorf(engine.Invalid, "the question and the options of a poll have %d bytes at most", MaxText)
	case !slices.Contains([]Method{Plurality, Approval, Ranked}, s.Method):
		return engine.Errorf(engine.Invalid, "method %q; expected plurality, approval or ranked", s.Method)
	case !slices.Contains([]Tie{TieNone, TieRandom, TieRunoff}, s.Tie):
		return engine.Errorf(engine.Invalid, "tie %q; expected none, random or runoff", s.Tie)
	case s.Length < 0 || s.Quorum < 0 || s.Announce < 0:
		return engine.Errorf(engine.Invalid, "a duration or quorum cannot be negative")
	case s.Announce > 0 && s.Announce < MinAnnounce:
		return engine.Errorf(engine.Invalid, "a poll is announced every %s at most, not every %s", MinAnnounce, s.Announce)
	}
	for i, o := range s.Options {
		if slices.ContainsFunc(s.Options[:i], func(other string) bool { return engine.SameWords(o, other) }) {
			return engine.Errorf(engine.Invalid, "option %q is there twice", o)
		}
	}
	return nil
}

// Ballot is the vote of one voter.
type Ballot struct {
	Choices []int   `json:"choices"` // from 1; of a ranked poll the best first
	Weight  float64 `json:"weight"`
	Name    string  `json:"name,omitempty"`
	// ByNick: nothing but a name says who the voter is.
	ByNick bool `json:"by_nick,omitempty"`
	Round  int  `json:"round"`
}

// Poll is a poll. Its JSON is all of it but the ballots, which are many and kept one by
// one: [Poll.Restore] puts them back.
type Poll struct {
	Spec
	Status   Status        `json:"status"`
	Opened   time.Time     `json:"opened"`
	Until    time.Time     `json:"until,omitzero"` // when the round ends, if it has an end and is not paused
	Left     time.Duration `json:"left,omitempty"` // what was left of it when it was paused
	Next     time.Time     `json:"next,omitzero"`  // of the announcements
	Round    int           `json:"round"`          // from 1; more in a run-off
	Standing []int         `json:"standing"`       // options that can be voted for, from 1
	Seed     uint64        `json:"seed"`           // of the lot
	// Native are the counts of a poll that the network itself runs; nil of one of ours.
	Native []float64 `json:"native,omitempty"`
	Result *Result   `json:"result,omitempty"` // of a poll that has ended

	ballots map[string]Ballot
}

// Moment is something people want to hear of.
type Moment string

const (
	MomentOpened    Moment = "opened"
	MomentProgress  Moment = "progress"
	MomentPaused    Moment = "paused"
	MomentResumed   Moment = "resumed"
	MomentRunoff    Moment = "runoff"
	MomentEnded     Moment = "ended"
	MomentCancelled Moment = "cancelled"
)

// Effects are what a command has changed. What is named must be durable before anybody is
// told.
type Effects struct {
	Voter string // whose ballot is to be kept, "" if none
	Head  bool   // the poll itself is to be kept
	Say   Moment // "" if there is nothing to say
}

// Open starts a poll. seed decides its lots.
func Open(s Spec, now time.Time, seed uint64) (*Poll, Effects, error) {
	if err := s.Check(); err != nil {
		return nil, Effects{}, err
	}
	p := &Poll{Spec: s, Status: Started, Opened: now, Round: 1, Seed: seed, ballots: map[string]Ballot{}}
	for i := range s.Options {
		p.Standing = append(p.Standing, i+1)
	}
	p.begin(now)
	return p, Effects{Head: true, Say: MomentOpened}, nil
}

// begin sets the clocks of a round.
func (p *Poll) begin(now time.Time) {
	p.Until, p.Next = time.Time{}, time.Time{}
	if p.Length > 0 {
		p.Until = now.Add(p.Length)
	}
	if p.Announce > 0 {
		p.Next = now.Add(p.Announce)
	}
}

// Restore puts back a ballot that was kept. One of an earlier round is forgotten.
func (p *Poll) Restore(voter string, b Ballot) {
	if p.ballots == nil {
		p.ballots = map[string]Ballot{}
	}
	if b.Round == p.Round {
		p.ballots[voter] = b
	}
}

// Ballot is that of a voter in this round.
func (p *Poll) Ballot(voter string) (Ballot, bool) {
	b, ok := p.ballots[voter]
	return b, ok
}

// Ballots is how many there are.
func (p *Poll) Ballots() int { return len(p.ballots) }

// Vote takes a ballot. Its error codes are Conflict (the poll is not open, or the voter has
// voted and may not change that) and Invalid.
func (p *Poll) Vote(voter string, b Ballot) (Effects, error) {
	if p.Status != Started {
		return Effects{}, engine.Errorf(engine.Conflict, "the poll is %s", p.Status)
	}
	if p.Native != nil {
		return Effects{}, engine.Errorf(engine.Unsupported, "the network itself takes the votes of this poll")
	}
	if err := p.check(b); err != nil {
		return Effects{}, err
	}
	old, again := p.ballots[voter]
	if again && !p.Change {
		return Effects{}, engine.Errorf(engine.Conflict, "%s has voted already", b.Name)
	}
	b.Round = p.Round
	b.Choices = slices.Clone(b.Choices)
	if again && slices.Equal(old.Choices, b.Choices) && old.Weight == b.Weight {
		return Effects{}, nil
	}
	p.Restore(voter, b)
	return Effects{Voter: voter}, nil
}

// Withdraw takes a ballot back, as a reaction that is taken off does.
func (p *Poll) Withdraw(voter string) (Effects, error) {
	_, voted := p.ballots[voter]
	switch {
	case p.Status != Started:
		return Effects{}, engine.Errorf(engine.Conflict, "the poll is %s", p.Status)
	case !p.Change:
		return Effects{}, engine.Errorf(engine.Conflict, "votes in this poll stand")
	case !voted:
		return Effects{}, nil
	}
	delete(p.ballots, voter)
	return Effects{Voter: voter}, nil
}

// Undo puts the ballot of a voter back as it was, because what replaced it could not be
// kept.
func (p *Poll) Undo(voter string, old Ballot, voted bool) {
	if voted && old.Round == p.Round {
		p.Restore(voter, old)
	} else {
		delete(p.ballots, voter)
	}
}

func (p *Poll) check(b Ballot) error {
	switch n := len(b.Choices); {
	case n == 0:
		return engine.Errorf(engine.Invalid, "a vote needs an option")
	case n > 1 && p.Method == Plurality:
		return engine.Errorf(engine.Invalid, "one option can be chosen, not %d", n)
	case !(b.Weight >= 0) || math.IsInf(b.Weight, 1):
		return engine.Errorf(engine.Invalid, "a vote cannot weigh %v", b.Weight)
	}
	for i, c := range b.Choices {
		if !slices.Contains(p.Standing, c) {
			return engine.Errorf(engine.Invalid, "there is no option %d to vote for", c)
		}
		if slices.Contains(b.Choices[:i], c) {
			return engine.Errorf(engine.Invalid, "option %d is there twice", c)
		}
	}
	return nil
}

// Pause stops votes and the clock.
func (p *Poll) Pause(now time.Time) (Effects, error) {
	if p.Status != Started {
		return Effects{}, engine.Errorf(engine.Conflict, "the poll is %s, not started", p.Status)
	}
	p.Status, p.Left = Paused, 0
	if !p.Until.IsZero() {
		p.Left = max(p.Until.Sub(now), 0)
	}
	p.Until, p.Next = time.Time{}, time.Time{}
	return Effects{Head: true, Say: MomentPaused}, nil
}

// Resume lets both go on.
func (p *Poll) Resume(now time.Time) (Effects, error) {
	if p.Status != Paused {
		return Effects{}, engine.Errorf(engine.Conflict, "the poll is %s, not paused", p.Status)
	}
	p.Status = Started
	p.begin(now)
	if p.Length > 0 {
		p.Until = now.Add(p.Left)
	}
	p.Left = 0
	return Effects{Head: true, Say: MomentResumed}, nil
}

// Cancel ends it without a result.
func (p *Poll) Cancel() (Effects, error) {
	if p.Status.Over() {
		return Effects{}, engine.Errorf(engine.Conflict, "the poll is %s", p.Status)
	}
	p.Status, p.Until, p.Next, p.Left = Cancelled, time.Time{}, time.Time{}, 0
	return Effects{Head: true, Say: MomentCancelled}, nil
}

// Close ends the round now, and with it the poll unless there is a run-off.
func (p *Poll) Close(now time.Time) (Effects, error) {
	if p.Status.Over() {
		return Effects{}, engine.Errorf(engine.Conflict, "the poll is %s", p.Status)
	}
	r := p.Tally()
	if p.Tie == TieRunoff && r.Decided == DecidedNot && len(r.First) > 1 && len(r.First) < len(p.Standing) {
		p.Status, p.Left, p.Standing = Started, 0, r.First
		p.Round++
		p.ballots = map[string]Ballot{}
		p.begin(now)
		return Effects{Head: true, Say: MomentRunoff}, nil
	}
	if p.Round > 1 && r.Decided == DecidedEmpty && p.Quorum == 0 { // a tie all the same, which nobody has changed
		r.Decided, r.First = DecidedNot, slices.Clone(p.Standing)
	}
	if p.Tie != TieNone {
		r.draw(p.Seed)
	}
	p.Status, p.Until, p.Next, p.Left, p.Result = Ended, time.Time{}, time.Time{}, 0, &r
	return Effects{Head: true, Say: MomentEnded}, nil
}

// Counts takes over the counts of a poll that the network runs. votes has one for each
// option.
func (p *Poll) Counts(votes []float64) (Effects, error) {
	if p.Native == nil || len(votes) != len(p.Options) {
		return Effects{}, engine.Errorf(engine.Invalid, "%d counts of %d options", len(votes), len(p.Options))
	}
	if p.Status.Over() || slices.Equal(p.Native, votes) {
		return Effects{}, nil
	}
	p.Native = slices.Clone(votes)
	return Effects{Head: true}, nil
}

// Bound has a round end within its length from now at the latest: somebody may have set the clock back.
func (p *Poll) Bound(now time.Time) {
	if end := now.Add(p.Length); p.Length > 0 && p.Until.After(end) {
		p.Until = end
	}
	if next := now.Add(p.Announce); p.Next.After(next) {
		p.Next = next
	}
}

// Due is when Tick has something to do; zero for never.
func (p *Poll) Due() time.Time {
	switch {
	case p.Next.IsZero(), !p.Until.IsZero() && p.Until.Before(p.Next):
		return p.Until
	}
	return p.Next
}

// Tick does what is due. What was missed meanwhile is not made up for: one announcement is
// enough.
func (p *Poll) Tick(now time.Time) (Effects, error) {
	switch {
	case p.Status != Started:
		return Effects{}, nil
	case !p.Until.IsZero() && !now.Before(p.Until):
		return p.Close(now)
	case !p.Next.IsZero() && !now.Before(p.Next):
		missed := now.Sub(p.Next) / p.Announce
		p.Next = p.Next.Add((missed + 1) * p.Announce)
		return Effects{Head: true, Say: MomentProgress}, nil
	}
	return Effects{}, nil
}

// Voters lists those who have a ballot in this round, in no order.
func (p *Poll) Voters() []string { return slices.Collect(maps.Keys(p.ballots)) }
