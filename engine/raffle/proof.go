package raffle

import (
	"encoding/hex"
	"slices"
	"time"

	"botd/engine"
)

// ProofVersion is the version of the format.
const ProofVersion = 1

// Proof is all that is needed to draw again. docs/raffles.md describes it. Times and durations are
// texts, because it is their text that is hashed.
type Proof struct {
	Version    int      `json:"botd_raffle"`
	ID         string   `json:"id"`
	Room       string   `json:"room"`
	Prize      string   `json:"prize"`
	Question   string   `json:"question,omitempty"`
	Answers    []string `json:"answers,omitempty"`
	Opened     string   `json:"opened"`
	Closed     string   `json:"closed"`
	Prizes     int      `json:"winners"` // how many were to win
	Claim      string   `json:"claim"`   // how long they had to claim it, "0s" if they need not
	Reroll     int      `json:"reroll"`
	Commitment string   `json:"commitment"`  // published when it opened
	ListHash   string   `json:"list_hash"`   // published when it closed
	ResultHash string   `json:"result_hash"` // published when it ended
	Seed       string   `json:"seed"`        // in hexadecimal; secret until the end
	Entries    []Entry  `json:"entries"`
	Draws      []Drawn  `json:"draws"`
}

// Drawn is one draw, in the order they took place.
type Drawn struct {
	Who     string  `json:"who"`
	Name    string  `json:"name"`
	Answer  int     `json:"answer,omitempty"` // that had to be given, from 1
	Outcome Outcome `json:"outcome"`
	Why     string  `json:"why,omitempty"`
}

// Verify draws again and says what does not agree, with code Invalid. It does not know what was
// published: whoever verifies compares Commitment, ListHash and ResultHash with what the room saw.
func (p *Proof) Verify() error {
	if p.Version != ProofVersion {
		return engine.Errorf(engine.Invalid, "this is a proof of version %d; this botd knows version %d", p.Version, ProofVersion)
	}
	seed, err := hex.DecodeString(p.Seed)
	switch {
	case err != nil || len(seed) != SeedSize:
		return engine.Errorf(engine.Invalid, "the seed is not %d bytes in hexadecimal", SeedSize)
	case Commitment(seed) != p.Commitment:
		return engine.Errorf(engine.Invalid, "the seed is not the one of the commitment %s", p.Commitment)
	}
	if err := p.verifyList(); err != nil {
		return err
	}
	if err := p.verifyDraws(NewDrum(seed, p.Entries)); err != nil {
		return err
	}
	if hash(p.result()) != p.ResultHash {
		return engine.Errorf(engine.Invalid, "what became of those who were drawn is not what was published as %s", p.ResultHash)
	}
	return nil
}

func (p *Proof) verifyList() error {
	for i, e := range p.Entries {
		switch {
		case e.Weight < 1 || e.Weight > MaxWeight:
			return engine.Errorf(engine.Invalid, "entry %d (%s) weighs %d", i+1, e.Name, e.Weight)
		case i > 0 && e.Who <= p.Entries[i-1].Who:
			return engine.Errorf(engine.Invalid, "entry %d (%s) is not in order, or there twice", i+1, e.Name)
		}
	}
	if hash(p.list()) != p.ListHash {
		return engine.Errorf(engine.Invalid, "the raffle and its entries are not those of the list %s", p.ListHash)
	}
	return nil
}

func (p *Proof) verifyDraws(drum *Drum) error {
	for i, d := range p.Draws {
		e, ok := drum.Draw(d.Answer)
		switch {
		case !ok:
			return engine.Errorf(engine.Invalid, "draw %d: nobody was left to be drawn", i+1)
		case e.Who != d.Who || e.Name != d.Name:
			return engine.Errorf(engine.Invalid, "draw %d: %s was drawn, the proof says %s", i+1, e.Name, d.Name)
		case !slices.Contains([]Outcome{Won, Unclaimed, Rerolled}, d.Outcome):
			return engine.Errorf(engine.Invalid, "draw %d: there is no outcome %q", i+1, d.Outcome)
		case d.Outcome == Unclaimed && p.Claim == "0s":
			return engine.Errorf(engine.Invalid, "draw %d: nobody had to claim the prize, so %s cannot have left it", i+1, d.Name)
		}
	}
	return nil
}

// Winners are those who won in the end.
func (p *Proof) Winners() (names []string) {
	for _, d := range p.Draws {
		if d.Outcome == Won {
			names = append(names, d.Name)
		}
	}
	return names
}

// Proof is the proof of a raffle that is drawn; Conflict before that, Unsupported for one that
// the network draws.
func (r *Raffle) Proof() (*Proof, error) {
	switch {
	case r.Native:
		return nil, engine.Errorf(engine.Unsupported, "the network itself has drawn, and proves nothing")
	case !r.Done || r.Status != Settled && r.Status != Hidden:
		return nil, engine.Errorf(engine.Conflict, "the raffle is %s; its seed is secret until it is drawn", r.Status)
	}
	p := r.paper()
	p.Entries = append([]Entry{}, p.Entries...)
	for _, d := range r.Draws {
		p.Draws = append(p.Draws, d.Drawn)
	}
	p.ResultHash = hash(p.result())
	return p, nil
}

// paper is the proof as far as it is known without the draws.
func (r *Raffle) paper() *Proof {
	return &Proof{
		Version: ProofVersion, ID: r.ID, Room: r.Room, Prize: r.Prize, Question: r.Question, Answers: r.Spec.Answers,
		Opened: r.Opened.Format(time.RFC3339Nano), Closed: r.Closed.Format(time.RFC3339Nano),
		Prizes: r.Spec.Winners, Claim: r.Claim.String(), Reroll: r.Reroll,
		Commitment: r.Commitment, ListHash: r.ListHash, Seed: r.Seed, Entries: r.Final, Draws: []Drawn{},
	}
}
