package contest

import (
	"time"

	"botd/engine"
	"botd/engine/poll"
	"botd/engine/raffle"
	"botd/engine/script"
	"botd/engine/store"
)

// How long the network has to tell of what it was asked to open, or of what it ran when
// the connection was lost; and how long to wait before it is asked again to end something.
const (
	nativeTells = 10 * time.Second
	nativeAgain = 5 * time.Second
)

// nativeFits reports whether the network can run the contest itself, and as it is wanted.
func (m *Manager) nativeFits(c *contest) bool {
	caps, ok := m.opt.Caps(c.Session, c.Room.ID)
	s := &c.Spec
	if !ok || s.InChat || m.opt.Forgets(c.Session) || len(s.Roles) > 0 || len(s.Weights) > 0 || s.Weighed || m.busyNative(c) {
		return false
	}
	if p := s.Poll; p != nil {
		return caps.Can.Has(engine.CapPoll) && p.Method == poll.Plurality && !p.Hidden && !s.Changes && p.Tie != poll.TieRunoff && len(p.Options) <= 10
	}
	return caps.Can.Has(engine.CapRaffle) && !c.keyworded && s.Raffle.MinMessages == 0 && s.Raffle.Exclude == 0
}

// busyNative reports whether the network runs one in the room already: it has one of each.
func (m *Manager) busyNative(c *contest) bool {
	for _, o := range m.contests {
		if o.path() == c.path() && o.native() && !o.over() && (o.Poll != nil) == (c.Spec.Poll != nil) {
			return true
		}
	}
	return false
}

// openNative has the network open it. If it turns out that it cannot, it is run here.
func (m *Manager) openNative(c *contest, r script.ContestRequest, w *waiter) {
	var action engine.Action
	if p := c.Spec.Poll; p != nil {
		made, _, err := poll.Open(*p, m.now(), m.seed64())
		if err != nil {
			w.fail(err)
			return
		}
		made.Native = make([]float64, len(p.Options))
		c.Poll = made
		action = engine.OpenPoll{Room: c.Room.ID, Question: p.Question, Options: p.Options, SubscribersOnly: c.Spec.SubscribersOnly, FollowersOnly: c.Spec.FollowersOnly}
	} else {
		s := c.Spec.Raffle
		made, _, err := raffle.Open(c.ID, string(c.path()), *s, m.now(), make([]byte, raffle.SeedSize))
		if err != nil {
			w.fail(err)
			return
		}
		made.Native, made.Commitment, made.Seed = true, "", ""
		c.Raffle = made
		action = engine.OpenRaffle{
			Room: c.Room.ID, Question: s.Question, Prize: s.Prize, Answers: s.Answers, SubscribersOnly: c.Spec.SubscribersOnly, FollowersOnly: c.Spec.FollowersOnly,
		}
	}
	c.opening = w
	m.contests[c.ID] = c
	m.do(c, action, engine.LaneReply, func(rec engine.Receipt) { m.openedNative(c, r, rec) })
}

func (m *Manager) openedNative(c *contest, r script.ContestRequest, rec engine.Receipt) {
	w := c.opening
	if w == nil { // an event has told it already
		return
	}
	switch err := rec.Error(); engine.CodeOf(err) {
	case "":
		c.lost = m.opt.Clock.AfterFunc(nativeTells, func() { m.post(func() { m.neverOpened(c) }) })
	case engine.Unsupported, engine.Denied, engine.Conflict:
		delete(m.contests, c.ID)
		c.opening = nil
		again, err := m.prepare(r)
		if err != nil {
			w.fail(err)
			return
		}
		m.openChat(again, w)
	default:
		delete(m.contests, c.ID)
		w.fail(err)
	}
}

func (m *Manager) neverOpened(c *contest) {
	if c.opening == nil {
		return
	}
	delete(m.contests, c.ID)
	c.opening.fail(engine.Errorf(engine.Timeout, "%s took the order and told of no such poll or raffle", c.Platform))
}

// adopt takes the network's word that it is open.
func (m *Manager) adopt(c *contest, id string) {
	w := c.opening
	c.opening, c.NativeID = nil, id
	c.found()
	m.listen(c, 1)
	op, err := m.headOp(c)
	if err != nil {
		w.fail(err)
		return
	}
	m.commit(store.Batch{op}, func(err error) {
		if err != nil {
			w.fail(err)
			return
		}
		w.reply(script.ContestAnswer{Contests: []script.ContestInfo{m.state(c)}})
	})
}

// found stops the wait for the network's word.
func (c *contest) found() {
	if c.lost != nil {
		c.lost()
		c.lost = nil
	}
}

// nativeOf finds the contest that the network tells of.
func (m *Manager) nativeOf(ev *engine.Event, id string, opens func(*contest) bool) *contest {
	for _, c := range m.sorted() {
		if !c.native() || c.path() != ev.Path() || c.over() {
			continue
		}
		if c.opening != nil && opens(c) {
			m.adopt(c, id)
		}
		if c.opening == nil && (c.NativeID == id || id == "") {
			c.found()
			return c
		}
	}
	return nil
}

// nativePoll is news of a poll of the network.
func (m *Manager) nativePoll(ev *engine.Event, b engine.PollChanged) {
	c := m.nativeOf(ev, b.Poll, func(c *contest) bool { return c.Poll != nil && b.Status == "started" && b.Question == c.Poll.Question })
	if c == nil || c.Poll == nil {
		return
	}
	if len(b.Options) == len(c.Poll.Options) {
		votes := make([]float64, len(b.Options))
		for i, o := range b.Options {
			votes[i] = o.Votes
		}
		fx, err := c.Poll.Counts(votes)
		m.polled(c, fx, err, nil, nil)
	}
	now := m.now()
	switch {
	case b.Status == "paused" && c.Poll.Status == poll.Started && !c.ending:
		fx, err := c.Poll.Pause(now)
		m.polled(c, fx, err, nil, nil)
	case b.Status == "started" && c.Poll.Status == poll.Paused:
		fx, err := c.Poll.Resume(now)
		m.polled(c, fx, err, nil, nil)
	case b.Status == "ended" || b.Status == "cancelled":
		m.closeNative(c)
	}
}

// closeNative counts what the network told last.
func (m *Manager) closeNative(c *contest) {
	if c.over() {
		return
	}
	if c.cancelling {
		fx, err := c.Poll.Cancel()
		m.polled(c, fx, err, nil, nil)
		return
	}
	fx, err := c.Poll.Close(m.now())
	m.polled(c, fx, err, nil, nil)
}

// endNative has the network end what is due.
func (m *Manager) endNative(c *contest) {
	if c.Raffle != nil && c.Raffle.Status == raffle.Closed {
		fx, err := c.Raffle.Tick(m.now())
		m.raffled(c, fx, err, nil, nil)
		m.drawNative(c)
		return
	}
	c.ending = true
	var a engine.Action = engine.SetRaffle{Room: c.Room.ID, Raffle: c.NativeID, Verb: "end"}
	if c.Poll != nil {
		a = engine.SetPoll{Room: c.Room.ID, Poll: c.NativeID, Verb: "end"}
	}
	m.do(c, a, engine.LaneReply, func(r engine.Receipt) {
		c.ending = false
		switch code := engine.CodeOf(r.Error()); {
		case c.over():
		case code == "" || code == engine.NotFound:
			m.endedNative(c)
		case c.Poll != nil: // without a connection, most likely
			c.Poll.Until = m.now().Add(nativeAgain)
		default:
			c.Raffle.Until = m.now().Add(nativeAgain)
		}
	})
}

func (m *Manager) endedNative(c *contest) {
	if c.Poll != nil {
		m.closeNative(c)
		return
	}
	if c.Raffle.Status == raffle.Started || c.Raffle.Status == raffle.Paused {
		fx, err := c.Raffle.Close(m.now())
		m.raffled(c, fx, err, nil, nil)
	}
	if len(c.Raffle.Answers) == 0 {
		m.drawNative(c)
	}
}

// drawNative has the network draw as many as are missing, one after the other. It may draw
// somebody again, who has won then already: that is tried often enough to be sure that
// nobody else is left.
func (m *Manager) drawNative(c *contest) {
	rf := c.Raffle
	if rf.Status != raffle.Closed || rf.Missing() == 0 || c.ending {
		return
	}
	forfeit := max(rf.Rerolls-rf.Reroll*rf.Spec.Winners, 0) // prizes that nobody claimed, however often they were drawn
	if rf.Missing() <= forfeit || c.tries > 10*(rf.Spec.Winners+1) {
		m.raffled(c, rf.Exhaust(), nil, nil, nil)
		return
	}
	c.tries++
	c.ending = true
	had := len(rf.Draws)
	m.do(c, engine.SetRaffle{Room: c.Room.ID, Raffle: c.NativeID, Verb: "draw", Answer: c.right}, engine.LaneReply, func(r engine.Receipt) {
		c.ending = false
		switch code := engine.CodeOf(r.Error()); {
		case len(rf.Draws) > had:
			c.tries = 0
			m.drawNative(c)
		case code == "" || code == engine.Timeout || code == engine.Internal:
			m.drawNative(c)
		case code == engine.NotConnected:
			m.opt.Clock.AfterFunc(nativeAgain, func() { m.post(func() { m.drawNative(c) }) })
		default:
			m.raffled(c, rf.Exhaust(), nil, nil, nil)
		}
	})
}

// nativeRaffle is news of a raffle of the network.
func (m *Manager) nativeRaffle(ev *engine.Event, b engine.RaffleChanged) {
	c := m.nativeOf(ev, b.Raffle, func(c *contest) bool { return c.Raffle != nil && b.Status == "started" && b.Prize == c.Raffle.Prize })
	if c == nil || c.Raffle == nil {
		return
	}
	now := m.now()
	c.Raffle.Counted = b.Entries
	switch {
	case b.Status == "paused" && c.Raffle.Status == raffle.Started:
		fx, err := c.Raffle.Pause(now)
		m.raffled(c, fx, err, nil, nil)
	case b.Status == "started" && c.Raffle.Status == raffle.Paused:
		fx, err := c.Raffle.Resume(now)
		m.raffled(c, fx, err, nil, nil)
	case b.Status == "ended" && (c.Raffle.Status == raffle.Started || c.Raffle.Status == raffle.Paused):
		m.endedNative(c)
	case (b.Status == "removed" || b.Status == "cancelled") && !c.over():
		fx, err := c.Raffle.Cancel()
		m.raffled(c, fx, err, nil, nil)
	}
	for _, u := range b.Winners {
		who, _ := whoIs(c.Session, u)
		fx := c.Raffle.Winner(who, u.Name, c.right, now)
		if fx.Head {
			c.users[who] = u
			m.raffled(c, fx, nil, nil, nil)
		}
	}
}

// online gives who is to claim a prize all the time for it again, after a reconnect, and looks whether
// the network still runs what it ran: it tells of that by itself, or has ended it.
func (m *Manager) online(ev *engine.Event) {
	for _, c := range m.sorted() {
		if c.over() || c.Session != ev.Session || ev.Room.ID != "" && ev.Room.ID != c.Room.ID || c.opening != nil {
			continue
		}
		if c.Raffle != nil {
			c.Raffle.Unheard(m.now())
		}
		if !c.native() {
			continue
		}
		c.found()
		c.lost = m.opt.Clock.AfterFunc(nativeTells, func() { m.post(func() { m.vanished(c) }) })
	}
}

func (m *Manager) vanished(c *contest) {
	if c.lost == nil || c.over() {
		return
	}
	c.lost = nil
	m.opt.Log.Warn("the network has ended a poll or raffle unseen", "room", string(c.path()), "contest", c.public())
	if c.Poll != nil {
		m.closeNative(c)
		return
	}
	fx, err := c.Raffle.Cancel()
	m.raffled(c, fx, err, nil, nil)
}

// requestNative has the network do what a script wants.
func (m *Manager) requestNative(c *contest, r script.ContestRequest, done func(error)) {
	if r.Op == script.ContestReroll && c.Raffle != nil {
		fx, err := m.raffleVerb(c.Raffle, r, m.now())
		m.raffled(c, fx, err, nil, done)
		m.drawNative(c)
		return
	}
	if c.Raffle != nil && r.Op == script.ContestDraw {
		c.right = r.Answer
		m.closeThenDraw(c, done)
		return
	}
	verb := map[script.ContestOp]string{
		script.ContestPause: "pause", script.ContestResume: "resume", script.ContestClose: "end", script.ContestCancel: "end",
		script.ContestHide: "hide", script.ContestCleanup: "cleanup",
	}[r.Op]
	c.cancelling = r.Op == script.ContestCancel
	var a engine.Action = engine.SetPoll{Room: c.Room.ID, Poll: c.NativeID, Verb: verb}
	if c.Raffle != nil {
		if c.cancelling {
			verb = "cleanup"
		}
		a = engine.SetRaffle{Room: c.Room.ID, Raffle: c.NativeID, Verb: verb}
	}
	m.do(c, a, engine.LaneReply, func(rec engine.Receipt) {
		if err := rec.Error(); err != nil {
			done(err)
			return
		}
		switch {
		case verb == "end":
			m.endedNative(c)
		case c.Raffle != nil && (verb == "hide" || c.over()):
			fx, err := m.raffleVerb(c.Raffle, r, m.now())
			m.raffled(c, fx, err, nil, done)
			return
		}
		m.flush(done)
	})
}

// flush calls done once all before it is kept.
func (m *Manager) flush(done func(error)) {
	m.commit(store.Batch{store.Delete(m.db.heads.Name, "none")}, func(err error) { done(err) })
}

func (m *Manager) closeThenDraw(c *contest, done func(error)) {
	if n := len(c.Raffle.Answers); c.right < 0 || c.right > n || c.right == 0 && n > 0 {
		done(engine.Errorf(engine.Invalid, "which answer is right? There are %d, counted from 1", n))
		return
	}
	if c.Raffle.Status == raffle.Started || c.Raffle.Status == raffle.Paused {
		fx, err := c.Raffle.Close(m.now()) // the network does so before it draws
		m.raffled(c, fx, err, nil, nil)
	}
	m.drawNative(c)
	m.flush(done)
}
