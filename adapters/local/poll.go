package local

import (
	"botd/engine"
)

const maxOptions = 20

var errNoFollowers = engine.Errorf(engine.Unsupported, "nobody follows anybody here")

// poll is the native poll of a room, of which there is one at a time.
type poll struct {
	id       string
	question string
	options  []string
	votes    map[engine.UserID]int // option, from 0
	status   string
	paying   bool        // only subscribers may vote
	stop     func() bool // the timer of a poll with a length
}

func (p *poll) over() bool { return p.status == "ended" }

// state is a new body each time: events are never changed.
func (p *poll) state() engine.PollChanged {
	options := make([]engine.PollOption, len(p.options))
	for i, text := range p.options {
		options[i].Text = text
	}
	for _, i := range p.votes {
		options[i].Votes++
	}
	return engine.PollChanged{Poll: p.id, Question: p.question, Status: p.status, Options: options}
}

func (x *act) openPoll(a engine.OpenPoll) error {
	if x.room.poll != nil && !x.room.poll.over() {
		return engine.Errorf(engine.Conflict, "room %s has a poll already", x.room.id)
	}
	if a.FollowersOnly {
		return errNoFollowers
	}
	if a.Question == "" || len(a.Options) < 2 || len(a.Options) > maxOptions || a.Length < 0 {
		return engine.Errorf(engine.Invalid, "a poll needs a question and 2 to %d options", maxOptions)
	}
	if err := checkWords("question or option", append([]string{a.Question}, a.Options...)...); err != nil {
		return err
	}
	p := &poll{
		id: x.hub.number(), question: a.Question, options: a.Options,
		votes: map[engine.UserID]int{}, status: "started", paying: a.SubscribersOnly, stop: func() bool { return true },
	}
	if a.Length > 0 {
		room := x.room
		p.stop = x.hub.clock.AfterFunc(a.Length, func() { room.endPoll(p) })
	}
	x.room.poll = p
	x.tellAll(p.state())
	return nil
}

// endPoll is the end by time.
func (r *Room) endPoll(p *poll) {
	at := r.hub.now()
	r.hub.mu.Lock()
	defer r.hub.unlock()
	if !p.over() {
		p.status = "ended"
		r.tellAll(nil, at, p.state())
	}
}

func (x *act) setPoll(a engine.SetPoll) error {
	p := x.room.poll
	if p == nil || p.over() || a.Poll != "" && a.Poll != p.id {
		return engine.Errorf(engine.NotFound, "no poll %s is open in room %s", a.Poll, x.room.id)
	}
	if a.Verb == "vote" && p.paying && x.by.user.Role < engine.Subscriber {
		return engine.Errorf(engine.Denied, "only subscribers may vote")
	}
	if err := p.set(a, x.by.user.ID); err != nil {
		return err
	}
	x.tellAll(p.state())
	return nil
}

func (p *poll) set(a engine.SetPoll, by engine.UserID) error {
	switch a.Verb {
	case "vote":
		return p.vote(by, a.Option)
	case "pause":
		return p.turn("started", "paused")
	case "resume":
		return p.turn("paused", "started")
	case "end":
		p.stop()
		p.status = "ended"
		return nil
	}
	return engine.Errorf(engine.Invalid, "no verb %q; verbs are vote, pause, resume, end", a.Verb)
}

// vote replaces an earlier one of the same user.
func (p *poll) vote(by engine.UserID, option int) error {
	if p.status != "started" {
		return engine.Errorf(engine.Conflict, "the poll is %s", p.status)
	}
	if option < 1 || option > len(p.options) {
		return engine.Errorf(engine.Invalid, "option %d; options are 1 to %d", option, len(p.options))
	}
	p.votes[by] = option - 1
	return nil
}

func (p *poll) turn(from, to string) error {
	if p.status != from {
		return engine.Errorf(engine.Conflict, "the poll is %s, not %s", p.status, from)
	}
	p.status = to
	return nil
}
