package hitbox

import (
	"reflect"
	"time"

	"botd/engine"
)

// pollState is the poll of the channel as of now.
type pollState struct {
	body  engine.PollChanged
	extra map[string]any
	voted bool // the bot is among the voters
}

// newPoll reads a state. Its id is the time it began, which the service gives no two.
func (l *link) newPoll(p *pollParams) *pollState {
	s := &pollState{body: engine.PollChanged{Poll: string(p.StartTime), Question: plain(string(p.Question)), Status: string(p.Status)}}
	for _, c := range p.Choices {
		s.body.Options = append(s.body.Options, engine.PollOption{Text: plain(string(c.Text)), Votes: c.Votes.Value})
	}
	voters := make([]any, len(p.Voters))
	for i, name := range p.Voters {
		voters[i] = string(name)
		s.voted = s.voted || l.isMe(string(name))
	}
	s.extra = map[string]any{
		"voters": voters, "votes": p.Votes.Value, "subscriberOnly": bool(p.SubscriberOnly), "followerOnly": bool(p.FollowerOnly),
	}
	return s
}

// onPoll tells a change. The last one has no choices, so those before are kept.
func (l *link) onPoll(p *pollParams) {
	old, next := l.poll, l.newPoll(p)
	if p.Status == "ended" {
		if len(p.Choices) == 0 && old != nil {
			next.body, next.extra = old.body, old.extra
			next.body.Status = "ended"
		}
		l.setPoll(nil)
	} else {
		l.setPoll(next)
		if old != nil && reflect.DeepEqual(old.body, next.body) && reflect.DeepEqual(old.extra, next.extra) {
			return
		}
	}
	ev := l.event(time.Time{}, engine.User{}, next.body)
	ev.Extra = next.extra
	l.emit(ev)
}

func (l *link) setPoll(s *pollState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.poll = s
}

// raffleState is the giveaway of the channel as of now.
type raffleState struct {
	body    engine.RaffleChanged // never with an e-mail address
	extra   map[string]any
	counted bool // entries are known
}

// copyTime is how long an admin's copy may come after the one for everybody.
const copyTime = 300 * time.Millisecond

// onRaffle takes one of the copies of a change. Admins get both: the one without counts
// only matters if the other does not come.
func (l *link) onRaffle(p *raffleParams, settle func()) {
	if p.Status == "delete" {
		l.loop.Clear("raffle")
		l.removed()
		settle()
		return
	}
	l.latest("raffle", bool(p.ForAdmin), func() {
		l.raffleIs(p)
		settle()
	})
}

// latest uses a copy, that for everybody only if the one for admins does not come.
func (l *link) latest(what string, forAdmin bool, use func()) {
	if l.role >= admin && !forAdmin {
		l.loop.Set(what, copyTime, use)
		return
	}
	l.loop.Clear(what)
	use()
}

func (l *link) raffleIs(p *raffleParams) {
	old := l.raffle
	next := &raffleState{
		body:    engine.RaffleChanged{Raffle: string(p.StartTime), Question: plain(string(p.Question)), Prize: plain(string(p.Prize)), Status: string(p.Status)},
		extra:   map[string]any{"subscriberOnly": bool(p.SubscriberOnly), "followerOnly": bool(p.FollowerOnly)},
		counted: bool(p.ForAdmin),
	}
	for _, c := range p.Choices {
		next.body.Answers = append(next.body.Answers, engine.RaffleAnswer{Text: plain(string(c.Text)), Entries: max(0, c.Count.int())})
		next.body.Entries += max(0, c.Count.int())
	}
	if old != nil && old.body.Raffle == next.body.Raffle {
		next.body.Winners = old.body.Winners
		if !next.counted && old.counted {
			next.body.Answers, next.body.Entries, next.counted = old.body.Answers, old.body.Entries, true
		}
	} else {
		clear(l.winners)
	}
	l.setRaffle(next)
	if old == nil || !reflect.DeepEqual(old.body, next.body) {
		l.tellRaffle(next.body, next.extra)
	}
}

func (l *link) setRaffle(s *raffleState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.raffle = s
}

func (l *link) tellRaffle(body engine.RaffleChanged, extra map[string]any) {
	ev := l.event(time.Time{}, engine.User{}, body)
	ev.Extra = extra
	l.emit(ev)
}

// removed is the end of a giveaway, of which the frame says nothing.
func (l *link) removed() {
	body := engine.RaffleChanged{Status: "removed"}
	var extra map[string]any
	if l.raffle != nil {
		body, extra = l.raffle.body, l.raffle.extra
		body.Status = "removed"
	}
	l.setRaffle(nil)
	l.tellRaffle(body, extra)
}

// onWinner takes one of the copies. Hiding the giveaway repeats it.
func (l *link) onWinner(p *winnerParams, settle func()) {
	l.latest("winner", bool(p.ForAdmin), func() {
		l.wins(p)
		settle()
	})
}

func (l *link) wins(p *winnerParams) {
	body := engine.RaffleChanged{Status: "drawn"}
	if l.raffle != nil {
		body = l.raffle.body
		body.Status = "drawn"
	}
	key := body.Raffle + "\x00" + fold(string(p.Name)) + "\x00" + string(rune('0'+min(max(p.Answer.int(), 0), 9)))
	if p.Name == "" || l.winners[key] {
		return
	}
	l.winners[key] = true
	body.Winners = append(append([]engine.User(nil), body.Winners...), l.person(string(p.Name)))
	if l.raffle != nil {
		next := *l.raffle
		next.body.Winners = body.Winners
		l.setRaffle(&next)
	}
	body.Email = engine.NewPrivate(string(p.Email))
	l.tellRaffle(body, map[string]any{"answer": p.Answer.Value})
}
