package raffle

import (
	"encoding/hex"
	"slices"
	"time"

	"botd/engine"
)

// Outcome is what became of somebody who was drawn.
type Outcome string

const (
	Pending   Outcome = ""          // may still claim it
	Won       Outcome = "won"       //
	Unclaimed Outcome = "unclaimed" // did not claim it in time
	Rerolled  Outcome = "rerolled"  // had to give it back
)

// Draw is somebody who was drawn.
type Draw struct {
	Drawn
	At    time.Time `json:"at"`
	Until time.Time `json:"until,omitzero"` // of the claim
	// Again is how often the prize was drawn again, because nobody claimed it.
	Again int `json:"again,omitempty"`
}

// Draw draws: the winners, from a raffle that has none yet, else one more. Entries end, if
// they have not. answer is the right one, from 1, of a raffle with answers.
func (r *Raffle) Draw(answer int, now time.Time) (Effects, error) {
	if r.Native {
		return Effects{}, engine.Errorf(engine.Unsupported, "the network itself draws this raffle")
	}
	if err := r.in(Started, Paused, Closed, Settled); err != nil {
		return Effects{}, err
	}
	if n := len(r.Spec.Answers); answer < 0 || answer > n || answer == 0 && n > 0 {
		return Effects{}, engine.Errorf(engine.Invalid, "which answer is right? There are %d, counted from 1", n)
	}
	fx := Effects{Head: true}
	if r.Status == Started || r.Status == Paused {
		r.close(now, &fx)
	}
	if len(r.Draws) == 0 {
		r.drawAll(answer, now, &fx)
		return fx, nil
	}
	if !r.draw(answer, 0, now, &fx) {
		return Effects{}, engine.Errorf(engine.NotFound, "nobody is left to win %s", r.Prize)
	}
	r.settle(&fx)
	return fx, nil
}

func (r *Raffle) drawAll(answer int, now time.Time, fx *Effects) {
	for range r.Winners {
		if !r.draw(answer, 0, now, fx) {
			break
		}
	}
	r.settle(fx)
}

// ready is the drum as it is after the draws so far.
func (r *Raffle) ready() *Drum {
	if r.drum == nil {
		seed, _ := hex.DecodeString(r.Seed) // we wrote it
		r.drum = NewDrum(seed, r.Final)
		for _, old := range r.Draws {
			r.drum.Draw(old.Answer)
		}
	}
	return r.drum
}

// draw draws a prize that has been drawn again so often.
func (r *Raffle) draw(answer, again int, now time.Time, fx *Effects) bool {
	e, ok := r.ready().Draw(answer)
	if !ok {
		return false
	}
	d := Draw{Drawn: Drawn{Who: e.Who, Name: e.Name, Answer: answer, Outcome: Won}, At: now, Again: again}
	r.add(d, fx)
	return true
}

// add notes who was drawn.
func (r *Raffle) add(d Draw, fx *Effects) {
	if r.Claim > 0 {
		d.Outcome, d.Until = Pending, d.At.Add(r.Claim)
		if !slices.Contains(fx.Say, MomentDrawn) {
			fx.say(MomentDrawn)
		}
	} else {
		fx.Won = append(fx.Won, d.Who)
	}
	r.Draws = append(r.Draws, d)
	fx.Drawn = append(fx.Drawn, d.Drawn)
}

// Winner notes whom the network has drawn. That it says the same one again is no news.
func (r *Raffle) Winner(who, name string, answer int, now time.Time) Effects {
	fx := Effects{Head: true}
	if !r.Native || r.Status.Over() && r.Status != Settled || slices.ContainsFunc(r.Draws, func(d Draw) bool { return d.Who == who }) {
		return Effects{}
	}
	if r.Status == Started || r.Status == Paused {
		r.close(now, &fx)
	}
	r.add(Draw{Drawn: Drawn{Who: who, Name: name, Answer: answer, Outcome: Won}, At: now}, &fx)
	r.settle(&fx)
	return fx
}

// Missing is how many winners a native raffle still has to draw.
func (r *Raffle) Missing() int { return max(r.Spec.Winners-r.holding(), 0) }

// holding is how many have won, or may still claim it.
func (r *Raffle) holding() (n int) {
	for _, d := range r.Draws {
		if d.Outcome == Won || d.Outcome == Pending {
			n++
		}
	}
	return n
}

// Exhaust ends a native raffle for which the network finds no more winners.
func (r *Raffle) Exhaust() Effects {
	fx := Effects{Head: true}
	if r.Status == Closed && !r.pending() {
		r.Status = Settled
		fx.say(MomentEnded)
	}
	return fx
}

func (r *Raffle) pending() bool {
	return slices.ContainsFunc(r.Draws, func(d Draw) bool { return d.Outcome == Pending })
}

// settle notes that all is drawn, if nobody has still to claim it.
func (r *Raffle) settle(fx *Effects) {
	if r.Done = !r.pending() && (!r.Native || r.Missing() == 0); !r.Done {
		r.Status = Closed
		return
	}
	r.Status = Settled
	fx.say(MomentEnded)
}

// Claiming reports whether somebody was drawn and has still to say something.
func (r *Raffle) Claiming(who string) bool {
	return slices.ContainsFunc(r.Draws, func(d Draw) bool { return d.Who == who && d.Outcome == Pending })
}

// Unheard gives those who were drawn and have still to say something all their time again, because
// until now nobody could hear them.
func (r *Raffle) Unheard(now time.Time) {
	for i := range r.Draws {
		if d := &r.Draws[i]; d.Outcome == Pending {
			d.Until = now.Add(r.Claim)
		}
	}
}

// Claims has somebody who was drawn keep the prize.
func (r *Raffle) Claims(who string, now time.Time) Effects {
	for i := range r.Draws {
		if d := &r.Draws[i]; r.Status == Closed && d.Who == who && d.Outcome == Pending && now.Before(d.Until) {
			d.Outcome = Won
			fx := Effects{Head: true, Won: []string{who}}
			r.settle(&fx)
			return fx
		}
	}
	return Effects{}
}

// DrawAgain takes the prize from somebody and draws another. Error codes: NotFound, Conflict.
func (r *Raffle) DrawAgain(who, why string, now time.Time) (Effects, error) {
	if err := r.in(Closed, Settled); err != nil {
		return Effects{}, err
	}
	i := slices.IndexFunc(r.Draws, func(d Draw) bool { return d.Who == who && (d.Outcome == Pending || d.Outcome == Won) })
	if i < 0 {
		return Effects{}, engine.Errorf(engine.NotFound, "that is none of the winners")
	}
	fx := Effects{Head: true}
	if r.Draws[i].Outcome == Won {
		fx.Lost = who
	}
	r.Draws[i].Outcome, r.Draws[i].Why = Rerolled, valid(why)
	if !r.Native {
		r.draw(r.Draws[i].Answer, r.Draws[i].Again, now, &fx)
	}
	r.settle(&fx)
	return fx, nil
}

// WinnersNow are those who have won for good, in the order of the draws.
func (r *Raffle) WinnersNow() (list []Drawn) {
	for _, d := range r.Draws {
		if d.Outcome == Won {
			list = append(list, d.Drawn)
		}
	}
	return list
}
