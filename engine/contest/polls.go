package contest

import (
	"time"

	"botd/engine"
	"botd/engine/poll"
	"botd/engine/script"
	"botd/engine/store"
)

// editEvery is how often the message of a poll is edited at most.
const editEvery = 3 * time.Second

// polled keeps what a command has changed in a poll, then tells people, and done. undo takes
// it back if it cannot be kept. An error is that of the command, which changed nothing.
func (m *Manager) polled(c *contest, fx poll.Effects, err error, undo func(), done func(error)) {
	if done == nil {
		done = func(error) {}
	}
	if err != nil || fx == (poll.Effects{}) {
		done(err)
		return
	}
	ops, err := m.pollOps(c, fx)
	if err != nil {
		done(err)
		return
	}
	body := c.pollBody()
	say, kept, err := m.toSay(c, m.pollText(c, fx.Say), fx.Say == poll.MomentOpened || fx.Say == poll.MomentRunoff)
	if err != nil {
		done(err)
		return
	}
	if fx.Head && c.over() {
		c.closing = true
	}
	m.commit(append(ops, kept...), func(err error) {
		if err != nil {
			m.opt.Log.Error("a poll could not be kept", "poll", c.ID, "err", err)
			m.unkept(c, undo, err)
			done(err)
			return
		}
		if fx.Say != poll.MomentProgress {
			m.publish(c, body)
		}
		m.say(c, say)
		if fx.Voter != "" {
			m.live(c)
		}
		if fx.Head && c.closing {
			m.pollEnded(c)
		}
		done(nil)
	})
}

// unkept takes back what could not be kept. An end stands, and whoever waits for it is told.
func (m *Manager) unkept(c *contest, undo func(), err error) {
	if undo != nil {
		undo()
	}
	if c.closing {
		for w := range c.waiting {
			w.fail(err)
		}
		clear(c.waiting)
	}
}

// pollOps is what is to be written.
func (m *Manager) pollOps(c *contest, fx poll.Effects) (ops store.Batch, err error) {
	add := func(op store.Op, e error) {
		ops = append(ops, op)
		if err == nil {
			err = e
		}
	}
	if fx.Voter != "" {
		key := keyOf(c.ID, fx.Voter)
		if b, ok := c.Poll.Ballot(fx.Voter); ok {
			add(m.db.ballots.Op(key, keptBallot{fx.Voter, b}))
		} else {
			add(store.Delete(m.db.ballots.Name, key), nil)
		}
	}
	if fx.Head {
		add(m.headOp(c))
	}
	return ops, err
}

// pollEnded tells who waits. The result is kept: the ballots are not needed any more.
func (m *Manager) pollEnded(c *contest) {
	c.closing = false
	m.listen(c, -1)
	m.edit(c)
	m.finished(c)
	m.askWeights(c)
	var ops store.Batch
	for _, voter := range c.Poll.Voters() {
		ops = append(ops, store.Delete(m.db.ballots.Name, keyOf(c.ID, voter)))
		if len(ops) == store.MaxBatch {
			m.commit(ops, func(error) {})
			ops = nil
		}
	}
	if len(ops) > 0 {
		m.commit(ops, func(error) {}) // those that stay are removed at the next start
	}
}

// vote takes the vote of somebody.
func (m *Manager) vote(c *contest, u engine.User, choices []int, done func(error)) {
	if c.Poll == nil {
		done(engine.Errorf(engine.Invalid, "a raffle takes no votes"))
		return
	}
	if c.native() {
		done(engine.Errorf(engine.Unsupported, "the network itself takes the votes of this poll"))
		return
	}
	if err := c.admit(u); err != nil {
		done(err)
		return
	}
	who, byNick := whoIs(c.Session, u)
	m.weigh(c, u, func(weight float64, known bool) {
		old, voted := c.Poll.Ballot(who)
		fx, err := c.Poll.Vote(who, poll.Ballot{Choices: choices, Weight: weight, Name: u.Name, ByNick: byNick})
		if !known && err == nil && fx.Voter != "" {
			c.Unweighed++
			fx.Head = true
		}
		m.polled(c, fx, err, func() { c.Poll.Undo(who, old, voted) }, done)
	})
}

// pollBody is the poll as everybody sees it.
func (c *contest) pollBody() engine.Event {
	p := c.Poll
	body := engine.PollChanged{Poll: c.public(), Question: p.Question, Status: string(p.Status)}
	r := p.Result
	if r == nil {
		t := p.Tally()
		r = &t
	}
	hide := p.Hidden && p.Status != poll.Ended
	for i, text := range p.Options {
		o := engine.PollOption{Text: text}
		if !hide {
			o.Votes = r.Votes[i]
		}
		body.Options = append(body.Options, o)
	}
	extra := map[string]any{"script": c.Script, "voters": float64(r.Voters), "round": float64(p.Round)}
	if p.Status == poll.Ended {
		extra["decided"] = string(r.Decided)
		if r.Winner > 0 {
			extra["winner"] = float64(r.Winner)
		}
	}
	return engine.Event{Body: body, Extra: extra}
}

func (m *Manager) publish(c *contest, ev engine.Event) {
	if c.native() {
		return // the network has told it
	}
	ev.Session, ev.Platform, ev.Room, ev.At = c.Session, c.Platform, c.Room, m.now()
	m.opt.Publish(&ev)
}

// live shows the votes in the message of a poll, where messages can be edited.
func (m *Manager) live(c *contest) {
	if c.Poll.Hidden || !m.editable(c) || c.stale {
		return
	}
	c.stale = true
	if !m.now().Before(c.shown.Add(editEvery)) {
		m.edit(c)
	}
}

func (m *Manager) editable(c *contest) bool {
	caps, ok := m.opt.Caps(c.Session, c.Room.ID)
	return ok && caps.Can.Has(engine.CapEdit) && !c.Spec.Quiet && !c.native()
}

func (m *Manager) edit(c *contest) {
	c.stale = false
	text := m.pollText(c, momentLive)
	if c.Message == "" || text == "" || !m.editable(c) {
		return
	}
	c.shown = m.now()
	m.do(c, engine.Edit{Room: c.Room.ID, Message: c.Message, Text: text}, engine.LaneAnnounce, nil)
}

// state is how a contest stands, for scripts, with the proof of a raffle that has one.
func (m *Manager) state(c *contest) script.ContestInfo {
	out := m.outline(c)
	if c.Raffle != nil {
		if p, err := c.Raffle.Proof(); err == nil {
			out.Proof = p
		}
	}
	return out
}

// outline is the state without the proof, which has all entries.
func (m *Manager) outline(c *contest) script.ContestInfo {
	out := script.ContestInfo{
		ID: c.public(), Room: c.path(), Session: c.Session, Platform: c.Platform, Place: c.Room, Native: c.native(), Tag: c.Tag,
		Unweighed: c.Unweighed, ProofFile: c.ProofFile,
	}
	if c.Raffle != nil {
		m.raffleState(c, &out)
		return out
	}
	p := c.Poll
	out.Status, out.Until, out.Question, out.Options = string(p.Status), p.Until, p.Question, p.Options
	out.Standing, out.Round = p.Standing, p.Round
	r := p.Result
	if r == nil {
		t := p.Tally()
		r = &t
		if p.Hidden {
			r = &poll.Result{Votes: make([]float64, len(p.Options)), Voters: t.Voters, ByNick: t.ByNick, Quorum: t.Quorum}
		}
	}
	out.Result = r
	out.Identity = identity(r.ByNick, r.Voters)
	return out
}

func identity(byNick, all int) string {
	switch {
	case byNick == 0:
		return "account"
	case byNick == all:
		return "nick"
	}
	return "mixed"
}
