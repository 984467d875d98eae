package hitboxtest

import (
	"math/rand/v2"
	"slices"
	"strconv"
)

// raffle is a giveaway.
type raffle struct {
	ballot
	prize  string
	winner m // the copy for admins of the latest message about it
}

// params is the state as admins see it, or everybody else.
func (r *raffle) params(forAdmin bool) m {
	choices := []any{}
	for i, text := range r.choices {
		choice := m{"text": text}
		if forAdmin {
			choice["count"] = r.number(r.count(i))
		}
		choices = append(choices, choice)
	}
	params := r.common()
	params["prize"], params["choices"], params["forAdmin"] = r.prize, choices, forAdmin
	return params
}

// copies sends the copy for viewers to a role and above, and that for admins to them.
func (c *channel) copies(least role, method string, viewers, admins m) {
	if c.srv.opts.AdminFirst {
		c.tell(admin, method, admins)
		c.tell(least, method, viewers)
		return
	}
	c.tell(least, method, viewers)
	c.tell(admin, method, admins)
}

func (r *raffle) tell(least role) {
	r.channel.copies(least, "raffleMsg", r.params(false), r.params(true))
}

func (p *Peer) createRaffle(a m) {
	b, ok := p.newBallot(a, 1)
	if !ok || p.channel.raffle != nil || str(a, "prize") == "" {
		return
	}
	p.channel.raffle = &raffle{ballot: b, prize: str(a, "prize")}
	p.channel.raffle.tell(guest)
}

func (p *Peer) voteRaffle(a m) {
	if r := p.channel.raffle; r != nil && r.vote(p, a) {
		r.tell(anon)
	}
}

func (p *Peer) turnRaffle(to string, from ...string) {
	if r := p.channel.raffle; r != nil && slices.Contains(from, r.status) {
		r.status = to
		r.tell(anon)
	}
}

// drawRaffle picks one of those who chose the answer. Without any nothing is sent.
func (p *Peer) drawRaffle(a m) {
	r := p.channel.raffle
	if r == nil || r.status != "ended" {
		return
	}
	answer, err := strconv.Atoi(str(a, "answer"))
	if n, ok := a["answer"].(float64); ok {
		answer, err = int(n), nil
	}
	var right []vote
	for _, v := range r.votes {
		if v.choice == answer {
			right = append(right, v)
		}
	}
	if err != nil || len(right) == 0 {
		return
	}
	v := right[rand.IntN(len(right))]
	viewers := m{"channel": r.channel.name, "winner_name": v.name, "winner_picked": true, "forAdmin": false, "answer": r.number(answer)}
	r.winner = m{"winner_email": Email(v.name)}
	for k, value := range viewers {
		r.winner[k] = value
	}
	r.winner["forAdmin"] = true
	r.channel.copies(guest, r.winnerMethod(), viewers, r.winner)
}

func (r *raffle) winnerMethod() string {
	if r.channel.srv.opts.OldNames {
		return "winnerMsg"
	}
	return "winnerRaffle"
}

// hideRaffle tells admins once more who has won.
func (p *Peer) hideRaffle(m) {
	r := p.channel.raffle
	if r == nil || r.status != "ended" {
		return
	}
	r.status = "hidden"
	r.tell(anon)
	if r.winner != nil {
		r.channel.tell(admin, r.winnerMethod(), r.winner)
	}
}

// cleanupRaffle is told without the name of the channel.
func (p *Peer) cleanupRaffle(m) {
	c := p.channel
	if c.raffle == nil || c.raffle.status != "ended" && c.raffle.status != "hidden" {
		return
	}
	c.raffle = nil
	c.tell(guest, "raffleMsg", m{"status": "delete"})
}
