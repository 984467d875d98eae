package raffle_test

import (
	"encoding/binary"
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
	"botd/engine/raffle"
)

var (
	start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	never time.Time
)

func seed(n int) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, raffle.SeedSize-8), uint64(n))
}

func open(t testing.TB, s raffle.Spec) *raffle.Raffle {
	t.Helper()
	if s.Prize == "" {
		s.Prize = "a cake"
	}
	r, fx, err := raffle.Open("r1", "lobby/lobby", s, start, seed(1))
	if err != nil || !fx.Head {
		t.Fatal(fx, err)
	}
	return r
}

// enter has people enter, each with a weight of 1.
func enter(t testing.TB, r *raffle.Raffle, who ...string) {
	t.Helper()
	for _, w := range who {
		if fx, err := r.Enter(raffle.Entry{Who: w, Name: w, Weight: 1}, never, start); err != nil || fx.Entry != w {
			t.Fatalf("%s: %+v, %v", w, fx, err)
		}
	}
}

func outcomes(r *raffle.Raffle) (out []string) {
	for _, d := range r.Draws {
		out = append(out, string(d.Outcome))
	}
	return out
}

func TestWinnersAreDrawnAtTheEnd(t *testing.T) {
	r := open(t, raffle.Spec{Winners: 2, Length: time.Minute})
	enter(t, r, "ann", "bob", "eve")
	if _, err := r.Proof(); engine.CodeOf(err) != engine.Conflict {
		t.Errorf("a proof before the end: %v", err)
	}
	fx, err := r.Tick(start.Add(time.Minute))
	if err != nil || len(fx.Drawn) != 2 || fx.Drawn[0].Who == fx.Drawn[1].Who || r.Status != raffle.Settled {
		t.Fatalf("%+v, %v, %s", fx, err, r.Status)
	}
	if want := []raffle.Moment{raffle.MomentClosed, raffle.MomentEnded}; !slices.Equal(fx.Say, want) {
		t.Errorf("says %v, want %v", fx.Say, want)
	}
	p, err := r.Proof()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Verify(); err != nil {
		t.Error(err)
	}
	if _, err := r.Draw(0, start); err != nil || len(r.WinnersNow()) != 3 {
		t.Errorf("one more: %v, %v", r.WinnersNow(), err)
	}
	if _, err := r.Draw(0, start); engine.CodeOf(err) != engine.NotFound {
		t.Errorf("nobody is left: %v", err)
	}
}

func TestClaims(t *testing.T) {
	r := open(t, raffle.Spec{Claim: time.Minute, Reroll: 1})
	enter(t, r, "ann", "bob", "eve")
	fx, err := r.Close(start)
	if err != nil || !slices.Equal(fx.Say, []raffle.Moment{raffle.MomentClosed, raffle.MomentDrawn}) || r.Status != raffle.Closed {
		t.Fatalf("%+v, %v", fx, err)
	}
	first := fx.Drawn[0].Who
	if !r.Due().Equal(start.Add(time.Minute)) {
		t.Errorf("due %s", r.Due())
	}
	fx, _ = r.Tick(start.Add(time.Minute))
	if len(fx.Drawn) != 1 || fx.Drawn[0].Who == first {
		t.Fatalf("%+v after %s", fx, first)
	}
	if fx := r.Claims(first, start.Add(61*time.Second)); fx.Head {
		t.Error("a claim that comes too late")
	}
	second := fx.Drawn[0].Who
	if fx := r.Claims(second, start.Add(90*time.Second)); !fx.Head || r.Status != raffle.Settled {
		t.Errorf("%+v, %s", fx, r.Status)
	}
	if want := []string{"unclaimed", "won"}; !slices.Equal(outcomes(r), want) {
		t.Errorf("outcomes %v, want %v", outcomes(r), want)
	}
	r = open(t, raffle.Spec{Claim: time.Minute, Reroll: 1})
	enter(t, r, "ann", "bob", "eve")
	_, _ = r.Close(start)
	_, _ = r.Tick(start.Add(time.Minute))
	_, _ = r.Tick(start.Add(2 * time.Minute))
	if want := []string{"unclaimed", "unclaimed"}; !slices.Equal(outcomes(r), want) || r.Status != raffle.Settled {
		t.Errorf("outcomes %v, want %v; %s", outcomes(r), want, r.Status)
	}
}

// What one winner claims leaves no more draws to the other prize.
func TestEachPrizeIsDrawnAgain(t *testing.T) {
	r := open(t, raffle.Spec{Winners: 2, Claim: time.Minute, Reroll: 1})
	enter(t, r, "ann", "bob", "eve", "mia", "zoe")
	fx, _ := r.Close(start)
	r.Claims(fx.Drawn[0].Who, start)
	_, _ = r.Tick(start.Add(time.Minute))
	_, _ = r.Tick(start.Add(2 * time.Minute))
	if want := []string{"won", "unclaimed", "unclaimed"}; !slices.Equal(outcomes(r), want) || r.Status != raffle.Settled {
		t.Errorf("outcomes %v, want %v; %s", outcomes(r), want, r.Status)
	}
}

func TestRightAnswer(t *testing.T) {
	r := open(t, raffle.Spec{Answers: []string{"red", "blue"}})
	for who, answer := range map[string]int{"ann": 1, "bob": 2, "eve": 2} {
		if _, err := r.Enter(raffle.Entry{Who: who, Name: who, Weight: 1, Answer: answer}, never, start); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Enter(raffle.Entry{Who: "mia", Weight: 1}, never, start); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("no answer: %v", err)
	}
	if _, err := r.Enter(raffle.Entry{Who: "eve", Weight: 9, Answer: 1}, never, start); err != nil {
		t.Errorf("a change of mind: %v", err)
	}
	if got := r.AnswerCounts(); !slices.Equal(got, []int{2, 1}) {
		t.Errorf("counts %v", got)
	}
	fx, err := r.Close(start)
	if err != nil || len(fx.Drawn) != 0 || r.Status != raffle.Closed {
		t.Fatalf("%+v, %v", fx, err)
	}
	if _, err := r.Draw(0, start); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("no right answer: %v", err)
	}
	if fx, err = r.Draw(2, start); err != nil || len(fx.Drawn) != 1 || fx.Drawn[0].Who != "bob" {
		t.Errorf("%+v, %v", fx, err)
	}
	if p, err := r.Proof(); err != nil || p.Verify() != nil {
		t.Errorf("%v, %v", p, err)
	}
}

func TestWhoMayEnter(t *testing.T) {
	r := open(t, raffle.Spec{Exclude: time.Hour, MinMessages: 2})
	if _, err := r.Enter(raffle.Entry{Who: "ann", Weight: 1}, start.Add(-time.Minute), start); engine.CodeOf(err) != engine.Denied {
		t.Errorf("won a minute ago: %v", err)
	}
	if _, err := r.Enter(raffle.Entry{Who: "ann", Weight: 1}, start.Add(-time.Hour), start); err != nil {
		t.Errorf("won an hour ago: %v", err)
	}
	enter(t, r, "bob")
	for range 5 {
		r.Said("ann")
	}
	r.Said("bob")
	fx, err := r.Close(start)
	if err != nil || len(r.Final) != 1 || fx.Drawn[0].Who != "ann" {
		t.Errorf("%+v, %v, list %v", fx, err, r.Final)
	}
}

func TestDrawnAgain(t *testing.T) {
	r := open(t, raffle.Spec{})
	enter(t, r, "ann", "bob")
	_, _ = r.Close(start)
	first := r.WinnersNow()[0].Who
	if _, err := r.DrawAgain("nobody", "", start); engine.CodeOf(err) != engine.NotFound {
		t.Error(err)
	}
	fx, err := r.DrawAgain(first, "is a moderator", start)
	if err != nil || len(fx.Drawn) != 1 || fx.Drawn[0].Who == first {
		t.Errorf("%+v, %v", fx, err)
	}
	p, _ := r.Proof()
	if p == nil || p.Verify() != nil || p.Draws[0].Why != "is a moderator" {
		t.Errorf("%+v", p)
	}
	if _, err := r.Hide(); err != nil {
		t.Error(err)
	}
	if _, err := r.Cleanup(); err != nil || r.Status != raffle.Removed {
		t.Error(err, r.Status)
	}
}

func TestNobodyEntered(t *testing.T) {
	r := open(t, raffle.Spec{Length: time.Second})
	if _, err := r.Tick(start.Add(time.Hour)); err != nil || r.Status != raffle.Settled || len(r.WinnersNow()) != 0 {
		t.Errorf("%v, %s", err, r.Status)
	}
	if p, err := r.Proof(); err != nil || p.Verify() != nil {
		t.Error(p, err)
	}
}

func TestPauseStopsTheClock(t *testing.T) {
	r := open(t, raffle.Spec{Length: time.Minute})
	if _, err := r.Pause(start.Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Enter(raffle.Entry{Who: "ann", Weight: 1}, never, start); engine.CodeOf(err) != engine.Conflict {
		t.Error(err)
	}
	if _, err := r.Resume(start.Add(time.Hour)); err != nil || !r.Due().Equal(start.Add(time.Hour+40*time.Second)) {
		t.Errorf("%v, due %s", err, r.Due())
	}
}

func TestNative(t *testing.T) {
	r := open(t, raffle.Spec{Winners: 2})
	r.Native = true
	if _, err := r.Close(start); err != nil || r.Status != raffle.Closed || r.Missing() != 2 {
		t.Fatal(err, r.Status)
	}
	r.Winner("ann", "Ann", 0, start)
	if fx := r.Winner("ann", "Ann", 0, start); fx.Head || r.Missing() != 1 {
		t.Errorf("the same again: %+v", fx)
	}
	if r.Winner("bob", "Bob", 0, start); r.Status != raffle.Settled || len(r.WinnersNow()) != 2 {
		t.Errorf("%s, %v", r.Status, r.WinnersNow())
	}
	if _, err := r.Proof(); engine.CodeOf(err) != engine.Unsupported {
		t.Error(err)
	}
}

// A million draws among ten entries of the weights 1 to 10. The seed is fixed, so this
// either always holds or never. With 9 degrees of freedom chi-square is above 27.88 once
// in a thousand.
func TestDrawsAreFair(t *testing.T) {
	const draws = 1_000_000
	var entries []raffle.Entry
	for w := 1; w <= 10; w++ {
		entries = append(entries, raffle.Entry{Who: fmt.Sprintf("%02d", w), Weight: w})
	}
	var won [11]int
	drum := raffle.NewDrum(seed(1), entries)
	for range draws {
		e, ok := drum.Draw(0)
		if !ok {
			t.Fatal("nobody was drawn")
		}
		won[e.Weight]++
		drum.PutBack()
	}
	chi := 0.0
	for w := 1; w <= 10; w++ {
		want := float64(draws) * float64(w) / 55
		chi += (float64(won[w]) - want) * (float64(won[w]) - want) / want
	}
	if chi > 27.88 {
		t.Errorf("chi-square %.2f of %v", chi, won)
	}
}

// The second draw is fair too, and so are draws over many seeds: who is drawn second of three
// is known exactly.
func TestLaterDrawsAreFair(t *testing.T) {
	const draws = 30_000
	entries := []raffle.Entry{{Who: "a", Weight: 1}, {Who: "b", Weight: 2}, {Who: "c", Weight: 3}}
	want := map[string]float64{"a": 1./6*0 + 2./6*1/4 + 3./6*1/3, "b": 1./6*2/5 + 3./6*2/3, "c": 1./6*3/5 + 2./6*3/4}
	got := map[string]float64{}
	for n := range draws {
		d := raffle.NewDrum(seed(n), entries)
		d.Draw(0)
		e, _ := d.Draw(0)
		got[e.Who]++
	}
	chi := 0.0
	for who, p := range want {
		e := p * draws
		chi += (got[who] - e) * (got[who] - e) / e
	}
	if chi > 13.82 { // once in a thousand with 2 degrees of freedom
		t.Errorf("chi-square %.2f: %v", chi, got)
	}
}

func TestSpecIsChecked(t *testing.T) {
	for name, s := range map[string]raffle.Spec{
		"prize":         {},
		"answers alike": {Prize: "p", Answers: []string{"red", "Red"}},
		"winners":       {Prize: "p", Winners: raffle.MaxWinners + 1},
		"answers":       {Prize: "p", Answers: []string{"one"}},
		"long":          {Prize: strings.Repeat("p", raffle.MaxText+1)},
		"blank":         {Prize: " "},
		"no keyword":    {Prize: "p", Keyword: " "},
		"answers same":  {Prize: "p", Answers: []string{"light red", "Light  red"}},
		"keyword":       {Prize: "p", Keyword: strings.Repeat("k", raffle.MaxText+1)},
		"claim":         {Prize: "p", Claim: raffle.MinClaim - 1},
		"reroll":        {Prize: "p", Reroll: raffle.MaxRerolls + 1},
		"length":        {Prize: "p", Length: -1},
	} {
		if err := s.Check(); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func proof(t testing.TB) *raffle.Proof {
	r := open(t, raffle.Spec{Winners: 2})
	for i, who := range []string{"ann", "bob", "eve", "mia"} {
		if _, err := r.Enter(raffle.Entry{Who: who, Name: who, Weight: i + 1}, never, start); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Close(start); err != nil {
		t.Fatal(err)
	}
	p, err := r.Proof()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Any change is found, also one that was made in several places so that it agrees.
func TestForgeries(t *testing.T) {
	other := "00" + proof(t).Seed[2:62] + "77"
	for name, forge := range map[string]func(*raffle.Proof){
		"seed":             func(p *raffle.Proof) { p.Seed = other },
		"seed too short":   func(p *raffle.Proof) { p.Seed = p.Seed[2:] },
		"commitment":       func(p *raffle.Proof) { p.Commitment = p.ListHash },
		"list":             func(p *raffle.Proof) { p.ListHash = p.Commitment },
		"weight":           func(p *raffle.Proof) { p.Entries[1].Weight++ },
		"no weight":        func(p *raffle.Proof) { p.Entries[1].Weight = 0 },
		"name":             func(p *raffle.Proof) { p.Entries[1].Name = "eva" },
		"who":              func(p *raffle.Proof) { p.Entries[1].Who = "bab" },
		"answer":           func(p *raffle.Proof) { p.Entries[1].Answer = 1 },
		"entry less":       func(p *raffle.Proof) { p.Entries = p.Entries[1:] },
		"entry more":       func(p *raffle.Proof) { p.Entries = append(p.Entries, raffle.Entry{Who: "zoe", Name: "zoe", Weight: 1}) },
		"entry twice":      func(p *raffle.Proof) { p.Entries = append(p.Entries, p.Entries[3]) },
		"order":            func(p *raffle.Proof) { p.Entries[0], p.Entries[1] = p.Entries[1], p.Entries[0] },
		"prize":            func(p *raffle.Proof) { p.Prize = "a bigger cake" },
		"id":               func(p *raffle.Proof) { p.ID = "r2" },
		"room":             func(p *raffle.Proof) { p.Room = "lobby/attic" },
		"question":         func(p *raffle.Proof) { p.Question = "Why?" },
		"answers":          func(p *raffle.Proof) { p.Answers = []string{"red", "blue"} },
		"opened":           func(p *raffle.Proof) { p.Opened = "2026-03-01T11:59:59Z" },
		"opened, as text":  func(p *raffle.Proof) { p.Opened = "2026-03-01T12:00:00.0Z" },
		"closed":           func(p *raffle.Proof) { p.Closed = "2026-03-01T12:00:01Z" },
		"winners":          func(p *raffle.Proof) { p.Prizes++ },
		"claim":            func(p *raffle.Proof) { p.Claim = "1m0s" },
		"reroll":           func(p *raffle.Proof) { p.Reroll++ },
		"outcome":          func(p *raffle.Proof) { p.Draws[1].Outcome = raffle.Unclaimed },
		"no outcome":       func(p *raffle.Proof) { p.Draws[1].Outcome = raffle.Pending; p.Rehash() },
		"unclaimed":        func(p *raffle.Proof) { p.Draws[1].Outcome = raffle.Unclaimed; p.Rehash() },
		"why":              func(p *raffle.Proof) { p.Draws[1].Why = "absent" },
		"last draw hid":    func(p *raffle.Proof) { p.Draws = p.Draws[:1] },
		"result":           func(p *raffle.Proof) { p.ResultHash = p.ListHash },
		"winner":           func(p *raffle.Proof) { p.Draws[0], p.Draws[1] = p.Draws[1], p.Draws[0] },
		"first draw hid":   func(p *raffle.Proof) { p.Draws = p.Draws[1:] },
		"too many winners": func(p *raffle.Proof) { p.Draws = append(p.Draws, p.Draws...); p.Draws = append(p.Draws, p.Draws...) },
		"version":          func(p *raffle.Proof) { p.Version = 9 },
	} {
		t.Run(name, func(t *testing.T) {
			p := proof(t)
			forge(p)
			if err := p.Verify(); engine.CodeOf(err) != engine.Invalid {
				t.Errorf("got %v", err)
			}
		})
	}
	if err := proof(t).Verify(); err != nil {
		t.Error(err)
	}
}

// Whoever runs the bot knows the seed, and could choose the moment to close, the ID, or how to write
// a name: so none of that decides who is drawn.
func TestNothingToTryOut(t *testing.T) {
	entries := []raffle.Entry{{Who: "ann", Name: "ann", Weight: 3}, {Who: "bob", Name: "bob", Weight: 2}, {Who: "eve", Name: "eve", Weight: 1}}
	drawn := func(id, room string, s raffle.Spec, name string, opened, closed time.Time) (who []string) {
		t.Helper()
		r, _, err := raffle.Open(id, room, s, opened, seed(1))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			e.Name += name
			if _, err := r.Enter(e, never, opened); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.Draw(0, closed); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := r.Draw(0, closed); err != nil {
				t.Fatal(err)
			}
		}
		for _, d := range r.Draws {
			who = append(who, d.Who)
		}
		return who
	}
	want := drawn("id", "room", raffle.Spec{Prize: "cake"}, "", start, start)
	for n := range 20 {
		later := start.Add(time.Duration(n) * time.Nanosecond)
		s := raffle.Spec{Prize: fmt.Sprint("cake", n), Question: fmt.Sprint(n), Reroll: n}
		if got := drawn(fmt.Sprint(n), fmt.Sprint(n), s, fmt.Sprint(n), later, later.Add(time.Hour)); !slices.Equal(got, want) {
			t.Fatalf("another raffle with the same seed and entries draws %v, not %v", got, want)
		}
	}
}

// Texts need not be UTF-8 where they come from. What is kept and proved is, so that it is hashed as it
// is written.
func TestTextsThatAreNone(t *testing.T) {
	r := open(t, raffle.Spec{Prize: "caf\xe9", Question: "\xe9?", Answers: []string{"r\xe9d", "blue"}, Claim: time.Minute})
	for i, name := range []string{"\xe9", "\xe8", "mia"} {
		if _, err := r.Enter(raffle.Entry{Who: fmt.Sprint(i), Name: name, Weight: 1, Answer: 1}, never, start); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Draw(1, start); err != nil {
		t.Fatal(err)
	}
	if _, err := r.DrawAgain(r.Draws[0].Who, "caf\xe9", start); err != nil {
		t.Fatal(err)
	}
	var again raffle.Raffle
	thereAndBack(t, r, &again)
	for _, e := range r.Final {
		var kept raffle.Entry
		thereAndBack(t, e, &kept)
		again.Restore(kept)
	}
	if err := again.Reopen(); err != nil {
		t.Fatal(err)
	}
	again.Claims(again.Draws[1].Who, start)
	p, err := again.Proof()
	if err != nil || len(p.Draws) != 2 || p.Draws[0].Why != "caf\ufffd" {
		t.Fatalf("%+v, %v", p, err)
	}
	var read raffle.Proof
	thereAndBack(t, p, &read)
	if err := read.Verify(); err != nil {
		t.Error(err)
	}
}

func thereAndBack(t *testing.T, from, to any) {
	t.Helper()
	b, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(b, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A raffle that was cancelled proves nothing, and nobody wins it any more.
func TestCancelled(t *testing.T) {
	r := open(t, raffle.Spec{Claim: time.Minute})
	enter(t, r, "ann", "bob")
	if _, err := r.Close(start); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Cancel(); err != nil {
		t.Fatal(err)
	}
	if fx := r.Claims(r.Draws[0].Who, start); fx.Head || r.Status != raffle.Cancelled {
		t.Errorf("claimed: %+v, %s", fx, r.Status)
	}
	if _, err := r.Hide(); err != nil {
		t.Errorf("what is cancelled cannot be hidden: %v", err)
	}
	if p, err := r.Proof(); engine.CodeOf(err) != engine.Conflict {
		t.Errorf("it proves %+v, %v", p, err)
	}
}

// Whatever is done, in whatever order: nobody is drawn twice, no more hold a prize than there are,
// effects tell of all who win and lose one, what was kept makes the same raffle again, and the proof of what is drawn holds.
func TestAnything(t *testing.T) {
	people := []string{"a", "b", "c", "d", "e", "f"}
	rapid.Check(t, func(rt *rapid.T) {
		answers := [][]string{nil, {"yes", "no"}}[rapid.IntRange(0, 1).Draw(rt, "answers")]
		spec := raffle.Spec{
			Prize: "p", Answers: answers, Winners: rapid.IntRange(1, 3).Draw(rt, "winners"),
			Length: time.Duration(rapid.IntRange(0, 9).Draw(rt, "length")) * time.Second,
			Claim:  time.Duration(rapid.IntRange(0, 3).Draw(rt, "claim")) * time.Second,
			Reroll: rapid.IntRange(0, 2).Draw(rt, "reroll"), MinMessages: rapid.IntRange(0, 1).Draw(rt, "messages"),
		}
		r, _, err := raffle.Open("id", "room", spec, start, seed(rapid.IntRange(0, 1000).Draw(rt, "seed")))
		if err != nil {
			rt.Fatal(err)
		}
		now, more := start, 0
		head, _ := json.Marshal(r)
		entries, lines, won := map[string]raffle.Entry{}, map[string]int{}, map[string]bool{}
		keep := func(fx raffle.Effects, err error) {
			if err != nil && (fx.Head || fx.Entry != "" || len(fx.Drawn) > 0) {
				rt.Fatalf("%v, but effects %+v", err, fx)
			}
			delete(won, fx.Lost)
			for _, who := range fx.Won {
				won[who] = true
			}
			if fx.Head {
				head, _ = json.Marshal(r)
			}
			if fx.Entry != "" {
				entries[fx.Entry], _ = r.Entry(fx.Entry)
			}
			if fx.Lines != "" {
				lines[fx.Lines] = r.Lines(fx.Lines)
			}
		}
		who := func(rt *rapid.T) string { return rapid.SampledFrom(people).Draw(rt, "who") }
		rt.Repeat(map[string]func(*rapid.T){
			"enter": func(rt *rapid.T) {
				w := who(rt)
				keep(r.Enter(raffle.Entry{Who: w, Name: w, Weight: rapid.IntRange(0, 4).Draw(rt, "weight"), Answer: rapid.IntRange(0, 2).Draw(rt, "answer")}, never, now))
			},
			"say":     func(rt *rapid.T) { keep(r.Said(who(rt)), nil) },
			"claim":   func(rt *rapid.T) { keep(r.Claims(who(rt), now), nil) },
			"pause":   func(rt *rapid.T) { keep(r.Pause(now)) },
			"resume":  func(rt *rapid.T) { keep(r.Resume(now)) },
			"close":   func(rt *rapid.T) { keep(r.Close(now)) },
			"cancel":  func(rt *rapid.T) { keep(r.Cancel()) },
			"hide":    func(rt *rapid.T) { keep(r.Hide()) },
			"cleanup": func(rt *rapid.T) { keep(r.Cleanup()) },
			"again":   func(rt *rapid.T) { keep(r.DrawAgain(who(rt), "why", now)) },
			"draw": func(rt *rapid.T) {
				had := len(r.Draws)
				fx, err := r.Draw(rapid.IntRange(0, 2).Draw(rt, "right"), now)
				if had > 0 && len(fx.Drawn) > 0 {
					more++
				}
				keep(fx, err)
			},
			"wait": func(rt *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 5).Draw(rt, "seconds")) * time.Second)
				keep(r.Tick(now))
			},
			"restart": func(rt *rapid.T) {
				again := &raffle.Raffle{}
				if err := json.Unmarshal(head, again); err != nil {
					rt.Fatal(err)
				}
				for _, e := range entries {
					again.Restore(e)
				}
				for w, n := range lines {
					again.RestoreLines(w, n)
				}
				if err := again.Reopen(); err != nil {
					rt.Fatal(err)
				}
				if d := cmp.Diff(r, again, cmpopts.IgnoreUnexported(raffle.Raffle{}), cmpopts.EquateEmpty()); d != "" || r.Entries() != again.Entries() {
					rt.Fatalf("after a restart: -want +got\n%s", d)
				}
				r = again
			},
			"": func(rt *rapid.T) {
				seen, holding := map[string]bool{}, 0
				for _, d := range r.Draws {
					if seen[d.Who] {
						rt.Fatalf("%s was drawn twice", d.Who)
					}
					seen[d.Who] = true
					if d.Outcome == raffle.Won || d.Outcome == raffle.Pending {
						holding++
					}
				}
				if holding > spec.Winners+more {
					rt.Fatalf("%d hold one of %d prizes", holding, spec.Winners+more)
				}
				told := map[string]bool{}
				for _, d := range r.WinnersNow() {
					told[d.Who] = true
				}
				if d := cmp.Diff(told, won); d != "" {
					rt.Fatalf("who has won, and what effects told of that: -want +got\n%s", d)
				}
				if p, err := r.Proof(); err == nil {
					if err := p.Verify(); err != nil {
						rt.Fatal(err)
					}
				}
			},
		})
	})
}
