package local

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"botd/engine"
)

// raffle is the native raffle of a room, of which there is one at a time. Whoever
// says the keyword enters; with answers, the keyword and an answer or its number.
type raffle struct {
	id       string
	question string
	prize    string
	keyword  string
	answers  []string
	paying   bool // only subscribers may enter
	status   string
	entries  []entry
	winners  []engine.User
}

type entry struct {
	user   engine.User
	answer int // from 1; 0 if the raffle asks nothing
	drawn  bool
}

func (r *raffle) state() engine.RaffleChanged {
	answers := make([]engine.RaffleAnswer, len(r.answers))
	for i, text := range r.answers {
		answers[i].Text = text
	}
	for _, e := range r.entries {
		if e.answer > 0 {
			answers[e.answer-1].Entries++
		}
	}
	return engine.RaffleChanged{
		Raffle: r.id, Question: r.question, Prize: r.prize, Keyword: r.keyword, Status: r.status,
		Entries: len(r.entries), Answers: answers, Winners: slices.Clone(r.winners),
	}
}

func (x *act) openRaffle(a engine.OpenRaffle) error {
	if x.room.raffle != nil {
		return engine.Errorf(engine.Conflict, "room %s has a raffle already; clean it up first", x.room.id)
	}
	if a.FollowersOnly {
		return errNoFollowers
	}
	if a.Prize == "" {
		return engine.Errorf(engine.Invalid, "a raffle needs a prize")
	}
	if err := checkWords("question, prize, keyword or answer", append([]string{a.Question, a.Prize, a.Keyword}, a.Answers...)...); err != nil {
		return err
	}
	r := &raffle{
		id: x.hub.number(), question: a.Question, prize: a.Prize, keyword: a.Keyword, answers: a.Answers,
		paying: a.SubscribersOnly, status: "started",
	}
	if r.keyword == "" {
		r.keyword = "!join"
	}
	x.room.raffle = r
	x.tellAll(r.state())
	return nil
}

// enter looks whether what a member said is an entry. A second one changes the answer.
func (r *raffle) enter(room *Room, m *member, text string, at time.Time) {
	answer, ok := r.parse(text)
	if !ok || r.status != "started" || m.user.IsBot || r.paying && m.user.Role < engine.Subscriber {
		return
	}
	i := slices.IndexFunc(r.entries, func(e entry) bool { return e.user.ID == m.user.ID })
	switch {
	case i < 0:
		r.entries = append(r.entries, entry{user: m.user, answer: answer})
	case r.entries[i].answer == answer:
		return
	default:
		r.entries[i].answer = answer
	}
	room.tellAll(m, at, r.state())
}

func (r *raffle) parse(text string) (answer int, ok bool) {
	if len(text) < len(r.keyword) || !strings.EqualFold(text[:len(r.keyword)], r.keyword) {
		return 0, false
	}
	rest := strings.TrimSpace(text[len(r.keyword):])
	if len(r.answers) == 0 {
		return 0, rest == ""
	}
	for i, a := range r.answers {
		if strings.EqualFold(rest, a) || rest == strconv.Itoa(i+1) {
			return i + 1, true
		}
	}
	return 0, false
}

func (x *act) setRaffle(a engine.SetRaffle) error {
	r := x.room.raffle
	if r == nil || a.Raffle != "" && a.Raffle != r.id {
		return engine.Errorf(engine.NotFound, "no raffle %s in room %s", a.Raffle, x.room.id)
	}
	if err := x.turnRaffle(r, a); err != nil {
		return err
	}
	x.tellAll(r.state())
	return nil
}

func (x *act) turnRaffle(r *raffle, a engine.SetRaffle) error {
	switch a.Verb {
	case "pause":
		return r.turn("paused", "started")
	case "resume":
		return r.turn("started", "paused")
	case "end":
		return r.turn("ended", "started", "paused")
	case "hide":
		return r.turn("hidden", "ended", "drawn")
	case "draw":
		return x.draw(r, a.Answer)
	case "cleanup":
		x.room.raffle = nil
		if len(r.winners) == 0 {
			r.status = "cancelled"
		} else {
			r.status = "removed"
		}
		return nil
	}
	return engine.Errorf(engine.Invalid, "no verb %q; verbs are pause, resume, end, draw, hide, cleanup", a.Verb)
}

func (r *raffle) turn(to string, from ...string) error {
	if !slices.Contains(from, r.status) {
		return engine.Errorf(engine.Conflict, "the raffle is %s, not %s", r.status, strings.Join(from, " or "))
	}
	r.status = to
	return nil
}

// draw picks one more winner, by chance, among those with the right answer who have not
// won yet. It ends the entries.
func (x *act) draw(r *raffle, answer int) error {
	if answer < 0 || answer > len(r.answers) {
		return engine.Errorf(engine.Invalid, "answer %d; there are %d", answer, len(r.answers))
	}
	var left []int
	for i, e := range r.entries {
		if !e.drawn && (answer == 0 || e.answer == answer) {
			left = append(left, i)
		}
	}
	if len(left) == 0 {
		return engine.Errorf(engine.NotFound, "nobody is left to win %s", r.prize)
	}
	e := &r.entries[left[x.hub.rand.IntN(len(left))]]
	e.drawn = true
	r.winners = append(r.winners, e.user)
	r.status = "drawn"
	return nil
}
