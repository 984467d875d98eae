// Package raffle is the rules of a raffle: a state machine without clock, chance, network
// or disk, and the draw that anybody can repeat. Whoever runs a raffle passes in the time
// and a secret seed, keeps what [Effects] name before telling anybody, and calls
// [Raffle.Tick] when [Raffle.Due] says so. A Raffle belongs to one goroutine.
package raffle

import (
	"encoding/hex"
	"slices"
	"time"

	"botd/engine"
)

// Status is how a raffle stands.
type Status string

const (
	Started   Status = "started"
	Paused    Status = "paused"
	Closed    Status = "ended" // takes no entries any more, and is not drawn yet or not wholly
	Settled   Status = "drawn" // all that was to be drawn is
	Hidden    Status = "hidden"
	Removed   Status = "removed"
	Cancelled Status = "cancelled"
)

// Over reports whether no time will change anything.
func (s Status) Over() bool { return s != Started && s != Paused && s != Closed }

// Raffle is a raffle. Its JSON is all of it but the entries while they come in, and the
// counts of lines, which are many and kept one by one: [Raffle.Restore] puts them back.
// It holds the seed: it must not be shown before the end. [Raffle.Reopen] makes it whole.
type Raffle struct {
	Spec
	ID         string        `json:"id"`
	Room       string        `json:"room,omitempty"`
	Status     Status        `json:"status"`
	Opened     time.Time     `json:"opened"`
	Closed     time.Time     `json:"closed,omitzero"`
	Until      time.Time     `json:"until,omitzero"` // when entries end, if they have an end and do not rest
	Left       time.Duration `json:"left,omitempty"` // what was left of it when it was paused
	Seed       string        `json:"seed"`           // in hexadecimal
	Commitment string        `json:"commitment"`
	ListHash   string        `json:"list_hash,omitempty"`
	Final      []Entry       `json:"-"` // the list that is drawn from, once it is closed
	Draws      []Draw        `json:"draws,omitempty"`
	Rerolls    int           `json:"rerolls,omitempty"` // so far, of a native one: which prize is drawn again is not known of it
	Done       bool          `json:"done,omitempty"`    // all is drawn and claimed, and may be proved
	// Native: the network itself takes the entries and draws. There is no proof then.
	Native  bool `json:"native,omitempty"`
	Counted int  `json:"counted,omitempty"` // entries of a native one

	entries map[string]Entry
	lines   map[string]int
	drum    *Drum
}

// Moment is something people want to hear of.
type Moment string

const (
	MomentOpened    Moment = "opened"
	MomentPaused    Moment = "paused"
	MomentResumed   Moment = "resumed"
	MomentClosed    Moment = "closed"
	MomentDrawn     Moment = "drawn" // somebody was drawn and is to claim it
	MomentEnded     Moment = "ended"
	MomentCancelled Moment = "cancelled"
)

// Effects are what a command has changed. What is named must be durable before anybody is
// told.
type Effects struct {
	Entry string   // whose entry is to be kept, "" if none
	Lines string   // whose count of lines is to be kept
	Head  bool     // the raffle itself is to be kept
	Say   []Moment // what there is to say, in order
	Drawn []Drawn  // who was drawn now
	Won   []string // who has won for good now
	Lost  string   // who had won, and had to give it back
}

func (fx *Effects) say(m Moment) { fx.Say = append(fx.Say, m) }

// Open starts a raffle. The seed has [SeedSize] secret random bytes.
func Open(id, room string, s Spec, now time.Time, seed []byte) (*Raffle, Effects, error) {
	if err := s.Check(); err != nil {
		return nil, Effects{}, err
	}
	if len(seed) != SeedSize {
		return nil, Effects{}, engine.Errorf(engine.Internal, "a seed of %d bytes", len(seed))
	}
	r := &Raffle{
		Spec: s, ID: id, Room: room, Status: Started, Opened: now,
		Seed: hex.EncodeToString(seed), Commitment: Commitment(seed), entries: map[string]Entry{}, lines: map[string]int{},
	}
	if s.Length > 0 {
		r.Until = now.Add(s.Length)
	}
	return r, Effects{Head: true, Say: []Moment{MomentOpened}}, nil
}

// Restore puts back an entry that was kept, and RestoreLines a count of lines.
func (r *Raffle) Restore(e Entry) {
	if r.entries == nil {
		r.entries = map[string]Entry{}
	}
	r.entries[e.Who] = e
}

func (r *Raffle) RestoreLines(who string, n int) {
	if r.lines == nil {
		r.lines = map[string]int{}
	}
	r.lines[who] = n
}

// Entries is how many have entered, also if they have not said enough yet.
func (r *Raffle) Entries() int {
	switch {
	case r.Native:
		return r.Counted
	case r.ListHash != "":
		return len(r.Final)
	}
	return len(r.entries)
}

// Entry is that of somebody.
func (r *Raffle) Entry(who string) (Entry, bool) {
	e, ok := r.entries[who]
	return e, ok
}

// Lines is how much somebody has said, as far as that matters.
func (r *Raffle) Lines(who string) int { return r.lines[who] }

// AnswerCounts is how many chose each answer.
func (r *Raffle) AnswerCounts() []int {
	counts := make([]int, len(r.Spec.Answers))
	add := func(e Entry) {
		if e.Answer > 0 && e.Answer <= len(counts) {
			counts[e.Answer-1]++
		}
	}
	if r.ListHash != "" {
		for _, e := range r.Final {
			add(e)
		}
		return counts
	}
	for _, e := range r.entries {
		add(e)
	}
	return counts
}

// Enter takes an entry; one of somebody who is in changes the answer. last is when they won
// last, zero for never. Error codes: Conflict (not open), Denied (has won lately), Invalid.
func (r *Raffle) Enter(e Entry, last, now time.Time) (Effects, error) {
	switch {
	case r.Native:
		return Effects{}, engine.Errorf(engine.Unsupported, "the network itself takes the entries of this raffle")
	case r.Status != Started:
		return Effects{}, engine.Errorf(engine.Conflict, "the raffle is %s", r.Status)
	case e.Who == "" || e.Weight < 1 || e.Weight > MaxWeight:
		return Effects{}, engine.Errorf(engine.Invalid, "an entry weighs 1 to %d, not %d", MaxWeight, e.Weight)
	case e.Answer < 0 || e.Answer > len(r.Spec.Answers) || e.Answer == 0 && len(r.Spec.Answers) > 0:
		return Effects{}, engine.Errorf(engine.Invalid, "answers are 1 to %d", len(r.Spec.Answers))
	case r.Exclude > 0 && !last.IsZero() && now.Sub(last) < r.Exclude:
		return Effects{}, engine.Errorf(engine.Denied, "%s has won lately", e.Name)
	}
	e.Name = valid(e.Name)
	old, again := r.entries[e.Who]
	if again {
		e.Weight, e.Name = old.Weight, old.Name
		if e == old {
			return Effects{}, nil
		}
	}
	r.Restore(e)
	return Effects{Entry: e.Who}, nil
}

// Undo puts the entry of somebody back as it was, because what replaced it could not be
// kept.
func (r *Raffle) Undo(who string, old Entry, entered bool) {
	if entered {
		r.Restore(old)
	} else {
		delete(r.entries, who)
	}
}

// Said counts a line of somebody, as far as the raffle asks for lines.
func (r *Raffle) Said(who string) Effects {
	if r.Status != Started || r.lines[who] >= r.MinMessages {
		return Effects{}
	}
	r.RestoreLines(who, r.lines[who]+1)
	return Effects{Lines: who}
}

// Pause stops entries and the clock.
func (r *Raffle) Pause(now time.Time) (Effects, error) {
	if err := r.in(Started); err != nil {
		return Effects{}, err
	}
	r.Status, r.Left = Paused, 0
	if !r.Until.IsZero() {
		r.Left = max(r.Until.Sub(now), 0)
	}
	r.Until = time.Time{}
	return Effects{Head: true, Say: []Moment{MomentPaused}}, nil
}

// Resume lets both go on.
func (r *Raffle) Resume(now time.Time) (Effects, error) {
	if err := r.in(Paused); err != nil {
		return Effects{}, err
	}
	r.Status = Started
	if r.Length > 0 {
		r.Until = now.Add(r.Left)
	}
	r.Left = 0
	return Effects{Head: true, Say: []Moment{MomentResumed}}, nil
}

func (r *Raffle) in(states ...Status) error {
	if slices.Contains(states, r.Status) {
		return nil
	}
	return engine.Errorf(engine.Conflict, "the raffle is %s", r.Status)
}

// Cancel ends it without winners.
func (r *Raffle) Cancel() (Effects, error) {
	if err := r.in(Started, Paused, Closed); err != nil {
		return Effects{}, err
	}
	r.Status, r.Until, r.Left, r.Done = Cancelled, time.Time{}, 0, false
	return Effects{Head: true, Say: []Moment{MomentCancelled}}, nil
}

// Close ends the entries, and draws at once unless a right answer is to be told first.
func (r *Raffle) Close(now time.Time) (Effects, error) {
	if err := r.in(Started, Paused); err != nil {
		return Effects{}, err
	}
	fx := Effects{Head: true}
	r.close(now, &fx)
	if len(r.Spec.Answers) == 0 && !r.Native {
		r.drawAll(0, now, &fx)
	}
	return fx, nil
}

// close fixes the list.
func (r *Raffle) close(now time.Time, fx *Effects) {
	r.Status, r.Until, r.Left, r.Closed = Closed, time.Time{}, 0, now
	if r.Native {
		return
	}
	r.fix()
	r.ListHash = hash(r.paper().list())
	fx.say(MomentClosed)
}

// fix makes the list of those who have entered and said enough.
func (r *Raffle) fix() {
	r.Final = nil
	for who, e := range r.entries {
		if r.lines[who] >= r.MinMessages {
			r.Final = append(r.Final, e)
		}
	}
	sortEntries(r.Final)
}

// Reopen makes a raffle that was kept whole again, once its entries and lines are back. An
// error, with code Internal, says that some are missing.
func (r *Raffle) Reopen() error {
	if r.ListHash == "" {
		return nil
	}
	r.fix()
	if hash(r.paper().list()) != r.ListHash {
		return engine.Errorf(engine.Internal, "the entries of raffle %s are not those that were published as %s", r.ID, r.ListHash)
	}
	return nil
}

// Hide takes it out of sight.
func (r *Raffle) Hide() (Effects, error) {
	if err := r.in(Closed, Settled, Cancelled); err != nil {
		return Effects{}, err
	}
	if r.Status == Closed && r.pending() {
		return Effects{}, engine.Errorf(engine.Conflict, "winners may still claim their prize")
	}
	r.Status = Hidden
	return Effects{Head: true}, nil
}

// Cleanup removes it.
func (r *Raffle) Cleanup() (Effects, error) {
	if err := r.in(Closed, Settled, Hidden, Cancelled); err != nil {
		return Effects{}, err
	}
	r.Status = Removed
	return Effects{Head: true}, nil
}

// Bound has entries end within their length from now at the latest, and claims too: somebody may have
// set the clock back.
func (r *Raffle) Bound(now time.Time) {
	if end := now.Add(r.Length); r.Length > 0 && r.Until.After(end) {
		r.Until = end
	}
	for i := range r.Draws {
		if d := &r.Draws[i]; d.Until.After(now.Add(r.Claim)) {
			d.Until = now.Add(r.Claim)
		}
	}
}

// Due is when Tick has something to do; zero for never.
func (r *Raffle) Due() time.Time {
	if r.Status == Started {
		return r.Until
	}
	var at time.Time
	for _, d := range r.Draws {
		if d.Outcome == Pending && (at.IsZero() || d.Until.Before(at)) {
			at = d.Until
		}
	}
	if r.Status != Closed {
		return time.Time{}
	}
	return at
}

// Tick does what is due: it closes the raffle, and draws again what was not claimed.
func (r *Raffle) Tick(now time.Time) (Effects, error) {
	due := r.Due()
	switch {
	case due.IsZero() || now.Before(due):
		return Effects{}, nil
	case r.Status == Started:
		return r.Close(now)
	}
	fx := Effects{Head: true}
	for i := range r.Draws {
		d := &r.Draws[i]
		if d.Outcome != Pending || now.Before(d.Until) {
			continue
		}
		d.Outcome = Unclaimed
		switch {
		case r.Native:
			r.Rerolls++
		case d.Again < r.Reroll:
			r.draw(d.Answer, d.Again+1, now, &fx)
		}
	}
	r.settle(&fx)
	return fx, nil
}
