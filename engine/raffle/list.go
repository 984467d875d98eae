package raffle

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// A text is built of lines of words with a space between them, all in ASCII: docs/raffles.md describes
// all there are.
type text []byte

func (t text) word(s string) text     { return append(append(t, s...), ' ') }
func (t text) number(n int) text      { return t.word(strconv.Itoa(n)) }
func (t text) encoded(s string) text  { return append(hex.AppendEncode(t, []byte(s)), ' ') }
func (t text) line() text             { t[len(t)-1] = '\n'; return t }
func (t text) field(k, v string) text { return t.word(k).encoded(v).line() }

func hash(t text) string {
	sum := sha256.Sum256(t)
	return hex.EncodeToString(sum[:])
}

// list is the text that stands for the raffle, its rules and its entries.
func (p *Proof) list() text {
	t := make(text, 0, 64*(len(p.Entries)+20)).word("botd-raffle-1").line()
	for _, f := range [][2]string{
		{"id", p.ID}, {"room", p.Room}, {"prize", p.Prize}, {"question", p.Question}, {"opened", p.Opened}, {"closed", p.Closed},
		{"winners", strconv.Itoa(p.Prizes)}, {"claim", p.Claim}, {"reroll", strconv.Itoa(p.Reroll)}, {"commitment", p.Commitment},
	} {
		t = t.field(f[0], f[1])
	}
	for _, a := range p.Answers {
		t = t.field("answer", a)
	}
	for _, e := range p.Entries {
		t = t.number(e.Weight).number(e.Answer).encoded(e.Who).encoded(e.Name).line()
	}
	return t
}

// drawn is the text that stands for the entries in the draw.
func drawn(entries []Entry) text {
	t := make(text, 0, 64*len(entries))
	for _, e := range entries {
		t = t.number(e.Weight).number(e.Answer).encoded(e.Who).line()
	}
	return t
}

// result is the text that stands for what became of those who were drawn.
func (p *Proof) result() text {
	t := text(nil).word("botd-raffle-1-result").word(p.ListHash).line()
	for _, d := range p.Draws {
		t = t.word(string(d.Outcome)).number(d.Answer).encoded(d.Who).encoded(d.Why).line()
	}
	return t
}
