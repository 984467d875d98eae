package hitboxtest

import (
	"slices"
	"strconv"
)

// ballot is what polls and giveaways have in common: a question, choices, and who chose
// what.
type ballot struct {
	channel   *channel
	question  string
	choices   []string
	votes     []vote
	status    string
	start     string
	color     string
	paying    bool
	following bool
}

type vote struct {
	name, account string
	choice        int
}

// newBallot reads what createPoll and createRaffle have in common.
func (p *Peer) newBallot(a m, least int) (ballot, bool) {
	b := ballot{channel: p.channel, question: str(a, "question"), status: "started", start: str(a, "start_time"), color: str(a, "nameColor")}
	b.paying, _ = a["subscriberOnly"].(bool)
	b.following, _ = a["followerOnly"].(bool)
	list, _ := a["choices"].([]any)
	for _, c := range list {
		choice, _ := c.(m)
		text := str(choice, "text")
		if text == "" {
			return b, false
		}
		b.choices = append(b.choices, text)
	}
	return b, b.question != "" && b.start != "" && len(b.choices) >= least && len(b.choices) <= 10
}

// vote takes the choice of somebody who may and has not yet.
func (b *ballot) vote(p *Peer, a m) bool {
	choice, err := strconv.Atoi(str(a, "choice"))
	if n, ok := a["choice"].(float64); ok {
		choice, err = int(n), nil
	}
	account := p.account()
	switch {
	case err != nil, b.status != "started", choice < 0, choice >= len(b.choices),
		b.paying && !p.channel.subscribers[account],
		b.following && !p.channel.followers[account],
		slices.ContainsFunc(b.votes, func(v vote) bool { return v.account == account }):
		return false
	}
	b.votes = append(b.votes, vote{p.name, account, choice})
	return true
}

func (b *ballot) count(choice int) int {
	n := 0
	for _, v := range b.votes {
		if v.choice == choice {
			n++
		}
	}
	return n
}

func (b *ballot) common() m {
	return m{
		"channel": b.channel.name, "question": b.question, "start_time": b.start, "status": b.status, "nameColor": b.color,
		"subscriberOnly": b.paying, "followerOnly": b.following,
	}
}

// number is one as the service sends it.
func (b *ballot) number(n int) any {
	if b.channel.srv.opts.Strings {
		return strconv.Itoa(n)
	}
	return n
}

type poll struct{ ballot }

func (b *poll) params() m {
	choices, voters := []any{}, []string{}
	for i, text := range b.choices {
		choices = append(choices, m{"text": text, "votes": b.number(b.count(i))})
	}
	for _, v := range b.votes {
		voters = append(voters, v.name)
	}
	params := b.common()
	params["choices"], params["voters"], params["votes"], params["clientID"] = choices, voters, len(b.votes), nil
	return params
}

func (p *Peer) createPoll(a m) {
	b, ok := p.newBallot(a, 2)
	if !ok || p.channel.poll != nil {
		return
	}
	p.channel.poll = &poll{b}
	p.channel.tell(guest, "pollMsg", p.channel.poll.params())
}

func (p *Peer) votePoll(a m) {
	if b := p.channel.poll; b != nil && b.vote(p, a) {
		p.channel.tell(anon, "pollMsg", b.params())
	}
}

func (p *Peer) turnPoll(to, from string) {
	if b := p.channel.poll; b != nil && b.status == from {
		b.status = to
		p.channel.tell(guest, "pollMsg", b.params())
	}
}

// endPoll wants it paused before.
func (p *Peer) endPoll(m) {
	c := p.channel
	if c.poll == nil || c.poll.status != "paused" && !p.srv.opts.LenientEnd {
		return
	}
	c.poll = nil
	c.tell(guest, "pollMsg", m{"channel": c.name, "status": "ended"})
}
