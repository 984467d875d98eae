package raffle

import (
	"encoding/hex"
	"time"

	"botd/engine"
)

// ProofVersion is the version of the format.
const ProofVersion = 1

// Proof is all that is needed to draw again. docs/raffles.md describes it.
type Proof struct {
	Version    int       `json:"botd_raffle"`
	ID         string    `json:"id"`
	Room       string    `json:"room,omitempty"`
	Prize      string    `json:"prize"`
	Opened     time.Time `json:"opened"`
	Closed     time.Time `json:"closed"`
	Commitment string    `json:"commitment"` // published when it opened
	ListHash   string    `json:"list_hash"`  // published when it closed
	Seed       string    `json:"seed"`       // in hexadecimal; secret until the end
	Entries    []Entry   `json:"entries"`
	Draws      []Drawn   `json:"draws"`
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
// published: whoever verifies compares Commitment and ListHash with what the room saw.
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
	for i, e := range p.Entries {
		switch {
		case e.Weight < 1 || e.Weight > MaxWeight:
			return engine.Errorf(engine.Invalid, "entry %d (%s) weighs %d", i+1, e.Name, e.Weight)
		case i > 0 && e.Who <= p.Entries[i-1].Who:
			return engine.Errorf(engine.Invalid, "entry %d (%s) is not in order, or there twice", i+1, e.Name)
		}
	}
	if ListHash(p.ID, p.Prize, p.Entries) != p.ListHash {
		return engine.Errorf(engine.Invalid, "the entries are not those of the list %s", p.ListHash)
	}
	drum := NewDrum(seed, p.ID, p.Prize, p.Entries)
	for i, d := range p.Draws {
		e, ok := drum.Draw(d.Answer)
		if !ok {
			return engine.Errorf(engine.Invalid, "draw %d: nobody was left to be drawn", i+1)
		}
		if e.Who != d.Who || e.Name != d.Name {
			return engine.Errorf(engine.Invalid, "draw %d: %s was drawn, the proof says %s", i+1, e.Name, d.Name)
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
