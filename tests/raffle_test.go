package tests

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/raffle"
	"botd/luaapi/luaapitest"
)

// A verifier that somebody else could have written, from docs/raffles.md, agrees with ours:
// of raffles of all kinds, and of forgeries.
func TestSecondVerifier(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.MustFile("testdata/verify.lua")
		second := func(p *raffle.Proof) string {
			text, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			before := len(b.Logs())
			b.Event(engine.Event{User: luaapitest.User("ann"), Body: engine.Message{Text: "!verify " + string(text)}})
			b.Settle()
			logs := b.Logs()
			if len(logs) != before+1 {
				t.Fatalf("%v", b.Errors())
			}
			return logs[before].Msg
		}
		random := rand.New(rand.NewPCG(1, 2))
		for n := range 60 {
			p := someRaffle(t, random, n)
			if err := p.Verify(); err != nil || second(p) != "valid" {
				t.Fatalf("raffle %d: %v, %s", n, err, second(p))
			}
			forge(p, random.IntN(6), random)
			if err := p.Verify(); err == nil || second(p) == "valid" {
				t.Fatalf("forgery %d: %v, %s", n, err, second(p))
			}
		}
	})
}

// someRaffle makes the proof of a raffle with up to 20 entries.
func someRaffle(t *testing.T, random *rand.Rand, n int) *raffle.Proof {
	seed := make([]byte, raffle.SeedSize)
	for i := range seed {
		seed[i] = byte(random.Uint32())
	}
	spec := raffle.Spec{Prize: fmt.Sprintf("prize ünumber %d", n), Winners: 1 + random.IntN(4)}
	if n%3 == 0 {
		spec.Answers = []string{"red", "blue"}
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	r, _, err := raffle.Open(fmt.Sprint("r", n), "room", spec, now, seed)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 + random.IntN(16) {
		e := raffle.Entry{Who: fmt.Sprintf("nick:net/%x", random.Uint32()), Name: fmt.Sprintf("«%d»", i), Weight: 1 + random.IntN(raffle.MaxWeight)}
		if n%3 == 0 {
			e.Answer = 1 + i%2
		}
		if _, err := r.Enter(e, time.Time{}, now); err != nil {
			t.Fatal(err)
		}
	}
	if n%3 == 0 {
		_, err = r.Draw(2, now)
	} else {
		_, err = r.Close(now)
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Proof()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func forge(p *raffle.Proof, way int, random *rand.Rand) {
	e := &p.Entries[random.IntN(len(p.Entries))]
	switch way {
	case 0:
		e.Weight = e.Weight%raffle.MaxWeight + 1
	case 1:
		e.Name += "!"
	case 2:
		p.Entries = p.Entries[:len(p.Entries)-1]
	case 3:
		p.Seed = p.Commitment
	case 4:
		p.Prize = "a bigger one"
	case 5:
		p.Draws[0].Name = "somebody else"
	}
}

// Whoever wants to write a verifier finds a proof to try it on in the documentation.
func TestProofOfTheDocumentation(t *testing.T) {
	b, err := os.ReadFile("../docs/raffle-proof.json")
	if err != nil {
		t.Fatal(err)
	}
	var p raffle.Proof
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	if err := p.Verify(); err != nil {
		t.Error(err)
	}
}
