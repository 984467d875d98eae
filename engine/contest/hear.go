package contest

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/poll"
	"botd/engine/raffle"
)

// Hear takes an event of any room. It does not block. What answered a question of a script is
// not to be given to it.
func (m *Manager) Hear(ev *engine.Event) {
	if ev.History {
		return
	}
	switch ev.Body.(type) {
	case engine.Message, engine.Reacted:
		if ev.Self || !m.listens(ev.Path()) {
			return
		}
	case engine.PollChanged, engine.RaffleChanged, engine.Connected:
	default:
		return
	}
	m.post(func() { m.heard(ev) })
}

func (m *Manager) listens(p engine.RoomPath) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rooms[p] != nil
}

func (m *Manager) heard(ev *engine.Event) {
	if !m.begun {
		m.early = append(m.early, ev)
		return
	}
	switch b := ev.Body.(type) {
	case engine.Message:
		if !b.Emote {
			m.line(ev, b)
		}
	case engine.Reacted:
		m.reaction(ev, b)
	case engine.PollChanged:
		m.nativePoll(ev, b)
	case engine.RaffleChanged:
		m.nativeRaffle(ev, b)
	case engine.Connected:
		m.online(ev)
	}
}

// line looks what somebody's line means to the contests of the room: to one at most is it a
// vote, the newest that can take it so; one that rests only if no other can.
func (m *Manager) line(ev *engine.Event, b engine.Message) {
	s := hear(b.Text, m.opt.Prefix(ev.Session, ev.Room))
	var wrong error
	open := m.in(ev.Path())
	voted := false
	var resting func()
	for i := len(open) - 1; i >= 0; i-- {
		c := open[i]
		switch {
		case c.native():
			m.claim(c, ev)
		case c.Raffle != nil:
			m.raffleLine(c, ev, b.Text)
		case !voted:
			choices, meant, err := choose(s, c.Poll, c.Tag)
			if err != nil && wrong == nil {
				wrong = err
			}
			vote := func() { m.vote(c, ev.User, choices, m.tell(c, ev, s.explicit)) }
			switch {
			case !meant:
			case c.Poll.Status != poll.Paused:
				voted = true
				vote()
			case resting == nil:
				resting = vote
			}
		}
	}
	if !voted && resting != nil {
		voted = true
		resting()
	}
	if !voted && s.explicit && len(open) > 0 {
		if wrong == nil {
			wrong = engine.Errorf(engine.Invalid, "say the number of an option, or its text")
		}
		m.answer(open[len(open)-1], ev, wrong)
	}
}

// in lists the contests of a room that are not over, the oldest first.
func (m *Manager) in(p engine.RoomPath) (list []*contest) {
	for _, c := range m.sorted() {
		if c.path() == p && !c.over() && c.opening == nil {
			list = append(list, c)
		}
	}
	return list
}

// tell answers somebody whose vote was refused, if they asked for it by a command; who has
// just said a number may have meant something else.
func (m *Manager) tell(c *contest, ev *engine.Event, explicit bool) func(error) {
	return func(err error) {
		switch {
		case err != nil && explicit:
			m.answer(c, ev, err)
		case err == nil && c.Spec.Texts["voted"] != "":
			m.reply(c, ev, m.fill(c, "voted", map[string]string{"name": ev.User.Name}))
		}
	}
}

func (m *Manager) answer(c *contest, ev *engine.Event, err error) {
	if c.Spec.Quiet {
		return
	}
	m.reply(c, ev, ev.User.Name+": "+engine.AsError(err).Msg)
}

// reply answers in private what was said in private.
func (m *Manager) reply(c *contest, ev *engine.Event, text string) {
	b, _ := ev.Body.(engine.Message)
	var a engine.Action = engine.Say{Room: c.Room.ID, Text: text, ReplyTo: b.ID}
	if b.Private {
		a = engine.Whisper{Room: c.Room.ID, User: ev.User.Ref(), Text: text}
	}
	m.do(c, a, engine.LaneReply, nil)
}

// raffleLine is what somebody says while a raffle is open: the keyword, perhaps with an
// answer, or anything, which may claim a prize.
func (m *Manager) raffleLine(c *contest, ev *engine.Event, text string) {
	m.claim(c, ev)
	answer, ok, err := keyword(text, c.Raffle)
	switch {
	case err != nil:
		m.answer(c, ev, err)
	case ok:
		m.enter(c, ev.User, answer, func(err error) {
			if err != nil && engine.CodeOf(err) != engine.Conflict {
				m.answer(c, ev, err)
			}
		})
	default:
		who, _ := whoIs(c.Session, ev.User)
		fx := c.Raffle.Said(who)
		m.raffled(c, fx, nil, nil, nil)
	}
}

// claim has somebody who was drawn keep the prize by saying something.
func (m *Manager) claim(c *contest, ev *engine.Event) {
	if c.Raffle == nil {
		return
	}
	who, _ := whoIs(c.Session, ev.User)
	if c.Raffle.Claiming(who) {
		m.raffled(c, c.Raffle.Claims(who, m.now()), nil, nil, nil)
	}
}

// keyword reads "!join", or with answers "!join 2" and "!join blue".
func keyword(text string, r *raffle.Raffle) (answer int, ok bool, err error) {
	text = engine.OneSpaced(text)
	word := engine.OneSpaced(r.Keyword)
	if len(text) < len(word) || !strings.EqualFold(text[:len(word)], word) {
		return 0, false, nil
	}
	rest := text[len(word):]
	if len(r.Answers) == 0 {
		return 0, rest == "", nil
	}
	if rest != "" && rest[0] != ' ' {
		return 0, false, nil
	}
	rest = strings.TrimSpace(rest)
	if i := optionOf(rest, r.Answers); i > 0 {
		return i, true, nil
	}
	if n, err := strconv.Atoi(rest); err == nil && poll.Choice(r.Answers, n) > 0 {
		return poll.Choice(r.Answers, n), true, nil
	}
	return 0, false, engine.Errorf(engine.Invalid, "write %s and the answer, or its number: %s", r.Keyword, options(r.Answers, nil))
}

// reaction is a vote by an emoji on the message of a poll. Where several options can be chosen each
// emoji adds one; taking it off takes that one back.
func (m *Manager) reaction(ev *engine.Event, b engine.Reacted) {
	for _, c := range m.in(ev.Path()) {
		if c.Poll == nil || c.native() || c.Message == "" || c.Message != b.ID {
			continue
		}
		n := m.signed(c, b.Emoji)
		who, _ := whoIs(c.Session, ev.User)
		old, voted := c.Poll.Ballot(who)
		rest := slices.DeleteFunc(slices.Clone(old.Choices), func(o int) bool { return o == n })
		switch had := len(rest) < len(old.Choices); {
		case n == 0 || b.Removed && !had:
		case b.Removed && len(rest) == 0:
			fx, err := c.Poll.Withdraw(who)
			m.polled(c, fx, err, func() { c.Poll.Undo(who, old, voted) }, nil)
		case b.Removed:
			m.vote(c, ev.User, rest, func(error) {})
		case c.Poll.Method == poll.Plurality:
			m.vote(c, ev.User, []int{n}, func(error) {})
		case !had:
			m.vote(c, ev.User, append(rest, n), func(error) {})
		}
	}
}

// signs are the emoji for the options of a poll where the network takes no others, in their order; nil
// where it takes those of numbers.
func (m *Manager) signs(c *contest) []string {
	caps, _ := m.opt.Caps(c.Session, c.Room.ID)
	return caps.Reactions
}

// signed is the option that an emoji stands for; 0 if none.
func (m *Manager) signed(c *contest, emoji string) int {
	if signs := m.signs(c); signs != nil {
		return 1 + slices.Index(signs, strings.TrimSuffix(emoji, "\ufe0f"))
	}
	return poll.Choice(c.Poll.Options, keycap(emoji))
}

// lastWin is when somebody won last in the room of a raffle, as far as that matters.
func (m *Manager) lastWin(c *contest, who string) (time.Time, error) {
	if c.Raffle.Exclude == 0 {
		return time.Time{}, nil
	}
	w, _, err := m.db.winners.Get(context.Background(), keyOf(string(c.path()), who)) // the disk answers soon
	return w.At, err
}
