package tests

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
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
		for n := range 3 * len(forgeries) {
			p := someRaffle(t, random, n)
			if err := p.Verify(); err != nil || second(p) != "valid" {
				t.Fatalf("raffle %d: %v, %s", n, err, second(p))
			}
			forgeries[n%len(forgeries)](p, &p.Entries[random.IntN(len(p.Entries))])
			if err := p.Verify(); err == nil || second(p) == "valid" {
				t.Fatalf("forgery %d: %v, %s", n, err, second(p))
			}
		}
		p := someRaffle(t, random, 1)
		p.Draws[0].Outcome = raffle.Unclaimed // though nobody had to claim it
		rehash(p)
		if err := p.Verify(); err == nil || second(p) != "nobody had to claim" {
			t.Errorf("unclaimed: %v, %s", err, second(p))
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
		spec.Question, spec.Answers = "Which?", []string{"red", "blue"}
	}
	if n%2 == 0 {
		spec.Claim, spec.Reroll = time.Duration(1+random.IntN(1e6))*time.Second, random.IntN(raffle.MaxRerolls)
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
	for _, d := range slices.Clone(r.Draws) { // those who need not claim have won already
		r.Claims(d.Who, now)
	}
	if _, err := r.DrawAgain(r.Draws[0].Who, "«why»", now); err == nil { // there may be nobody else
		r.Claims(r.Draws[len(r.Draws)-1].Who, now)
	}
	p, err := r.Proof()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rehash makes the hash of the result agree with what the proof says, as whoever made it could.
func rehash(p *raffle.Proof) {
	text := "botd-raffle-1-result " + p.ListHash + "\n"
	for _, d := range p.Draws {
		text += fmt.Sprintf("%s %d %x %x\n", d.Outcome, d.Answer, d.Who, d.Why)
	}
	p.ResultHash = fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
}

// forgeries change a proof, which somebody who has only the proof must notice.
var forgeries = []func(*raffle.Proof, *raffle.Entry){
	func(_ *raffle.Proof, e *raffle.Entry) { e.Weight = e.Weight%raffle.MaxWeight + 1 },
	func(_ *raffle.Proof, e *raffle.Entry) { e.Name += "!" },
	func(_ *raffle.Proof, e *raffle.Entry) { e.Who += "!" },
	func(_ *raffle.Proof, e *raffle.Entry) { e.Answer++ },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Entries = p.Entries[:len(p.Entries)-1] },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Seed = p.Commitment },
	func(p *raffle.Proof, _ *raffle.Entry) { p.ID += "0" },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Room = "elsewhere" },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Prize = "a bigger one" },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Question += "?" },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Answers = append(p.Answers, "green") },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Opened = p.Closed + " " },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Closed = "2026-01-01T00:00:00.0Z" },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Prizes++ },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Claim = "1h0m0s" },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Reroll++ },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Draws[0].Name = "somebody else" },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Draws[0].Outcome = raffle.Unclaimed },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Draws[0].Why = "bribed" },
	func(p *raffle.Proof, _ *raffle.Entry) { p.Draws = p.Draws[:len(p.Draws)-1] },
	func(p *raffle.Proof, _ *raffle.Entry) { p.ListHash = p.Commitment },
	func(p *raffle.Proof, _ *raffle.Entry) { p.ResultHash = p.Commitment },
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
