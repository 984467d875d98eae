package contest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"botd/engine"
	"botd/engine/durable"
	"botd/engine/raffle"
	"botd/engine/script"
	"botd/engine/store"
)

// raffled keeps what a command has changed in a raffle, then tells people, and done, as polled
// does.
func (m *Manager) raffled(c *contest, fx raffle.Effects, err error, undo func(), done func(error)) {
	if done == nil {
		done = func(error) {}
	}
	if err != nil || fx.Entry == "" && fx.Lines == "" && !fx.Head {
		done(err)
		return
	}
	over := c.over()
	if fx.Head && over && !c.told {
		c.closing = true
	}
	if !over && c.told { // one more is drawn, who has to claim it
		c.told = false
		m.listen(c, 1)
	}
	m.writeProof(c, fx)
	ops, err := m.raffleOps(c, fx)
	if err != nil {
		done(err)
		return
	}
	says, kept, err := m.raffleSays(c, fx)
	if err != nil {
		done(err)
		return
	}
	body := c.raffleBody()
	m.commit(append(ops, kept...), func(err error) {
		if err != nil {
			m.opt.Log.Error("a raffle could not be kept", "raffle", c.ID, "err", err)
			m.unkept(c, undo, err)
			done(err)
			return
		}
		if fx.Head || fx.Entry != "" {
			m.publish(c, body)
		}
		m.say(c, says)
		if c.closing && !c.over() { // one more was drawn meanwhile
			c.closing = false
		}
		if c.closing {
			c.closing, c.told = false, true
			m.listen(c, -1)
			m.finished(c)
			m.askWeights(c)
		}
		done(nil)
	})
}

// raffleSays prepares what the room is to be told.
func (m *Manager) raffleSays(c *contest, fx raffle.Effects) (says []saying, ops store.Batch, err error) {
	for _, at := range fx.Say {
		say, kept, err := m.toSay(c, m.raffleText(c, at, fx), at == raffle.MomentOpened)
		if err != nil {
			return nil, nil, err
		}
		says, ops = append(says, say...), append(ops, kept...)
	}
	return says, ops, nil
}

func (m *Manager) raffleOps(c *contest, fx raffle.Effects) (ops store.Batch, err error) {
	add := func(op store.Op, e error) {
		ops = append(ops, op)
		if err == nil {
			err = e
		}
	}
	if who := fx.Entry; who != "" {
		e, _ := c.Raffle.Entry(who)
		add(m.db.entries.Op(keyOf(c.ID, who), keptEntry{e, c.users[who]}))
	}
	if who := fx.Lines; who != "" {
		add(m.db.lines.Op(keyOf(c.ID, who), keptLines{who, c.Raffle.Lines(who)}))
	}
	for _, who := range fx.Won {
		op, e := m.db.winners.Op(keyOf(string(c.path()), who), keptWinner{m.now(), c.ID})
		add(op.For(keepWinners), e)
	}
	if key := keyOf(string(c.path()), fx.Lost); fx.Lost != "" {
		w, _, e := m.db.winners.Get(context.Background(), key) // the disk answers soon
		if err == nil {
			err = e
		}
		if w.Raffle == c.ID { // and not a later one
			add(store.Delete(m.db.winners.Name, key), nil)
		}
	}
	if fx.Head {
		add(m.headOp(c))
	}
	return ops, err
}

// writeProof writes the proof of a raffle that is drawn, for anybody to verify: before that is kept, so that
// no crash leaves a raffle that is over without its proof. That it cannot be written ends no raffle:
// the script has the proof as well.
func (m *Manager) writeProof(c *contest, fx raffle.Effects) {
	if !fx.Head || m.opt.ProofDir == "" || c.Raffle.Status != raffle.Settled {
		return
	}
	p, err := c.Raffle.Proof()
	if err != nil { // the network has drawn
		return
	}
	c.ProofFile = filepath.Join(m.opt.ProofDir, c.ID+".json")
	b, err := json.MarshalIndent(p, "", "  ")
	if err == nil {
		err = os.MkdirAll(m.opt.ProofDir, 0o700)
	}
	if err == nil {
		err = durable.Replace(c.ProofFile, append(b, '\n'), 0o600)
	}
	if err != nil {
		m.opt.Log.Error("the proof of a raffle could not be written", "raffle", c.ID, "err", err)
	}
}

func (m *Manager) raffleVerb(rf *raffle.Raffle, r script.ContestRequest, now time.Time) (raffle.Effects, error) {
	switch r.Op {
	case script.ContestPause:
		return rf.Pause(now)
	case script.ContestResume:
		return rf.Resume(now)
	case script.ContestClose:
		return rf.Close(now)
	case script.ContestCancel:
		return rf.Cancel()
	case script.ContestDraw:
		return rf.Draw(r.Answer, now)
	case script.ContestReroll:
		session, _, _ := engine.RoomPath(rf.Room).Split()
		who, _ := whoIs(session, r.User)
		return rf.DrawAgain(who, r.Why, now)
	case script.ContestHide:
		return rf.Hide()
	case script.ContestCleanup:
		return rf.Cleanup()
	}
	return raffle.Effects{}, engine.Errorf(engine.Unsupported, "a raffle has no %s", r.Op)
}

// enter has somebody take part.
func (m *Manager) enter(c *contest, u engine.User, answer int, done func(error)) {
	if c.Raffle == nil {
		done(engine.Errorf(engine.Invalid, "nobody enters a poll"))
		return
	}
	if c.native() {
		done(engine.Errorf(engine.Unsupported, "the network itself takes the entries of this raffle"))
		return
	}
	if err := c.admit(u); err != nil {
		done(err)
		return
	}
	who, byNick := whoIs(c.Session, u)
	m.weigh(c, u, func(weight float64, known bool) {
		last, err := m.lastWin(c, who)
		if err != nil {
			done(err)
			return
		}
		old, entered := c.Raffle.Entry(who)
		e := raffle.Entry{Who: who, Name: u.Name, Weight: int(weight), Answer: answer}
		fx, err := c.Raffle.Enter(e, last, m.now())
		if err == nil && fx.Entry != "" && !entered {
			c.users[who] = u
			if byNick {
				c.Named++
				fx.Head = true
			}
			if !known {
				c.Unweighed++
				fx.Head = true
			}
		}
		m.raffled(c, fx, err, func() { c.Raffle.Undo(who, old, entered) }, done)
	})
}

// raffleBody is the raffle as everybody sees it.
func (c *contest) raffleBody() engine.Event {
	r := c.Raffle
	body := engine.RaffleChanged{
		Raffle: c.public(), Question: r.Question, Prize: r.Prize, Keyword: r.Keyword, Status: string(r.Status), Entries: r.Entries(),
	}
	counts := r.AnswerCounts()
	for i, text := range r.Answers {
		body.Answers = append(body.Answers, engine.RaffleAnswer{Text: text, Entries: counts[i]})
	}
	for _, d := range r.WinnersNow() {
		body.Winners = append(body.Winners, c.user(d.Who, d.Name))
	}
	extra := map[string]any{"script": c.Script, "commitment": r.Commitment}
	if r.ListHash != "" {
		extra["list_hash"] = r.ListHash
	}
	return engine.Event{Body: body, Extra: extra}
}

// user is somebody who entered.
func (c *contest) user(who, name string) engine.User {
	if u, ok := c.users[who]; ok {
		return u
	}
	return engine.User{Name: name}
}

func (m *Manager) raffleState(c *contest, out *script.ContestInfo) {
	r := c.Raffle
	out.Raffle, out.Status, out.Until = true, string(r.Status), r.Until
	out.Question, out.Options, out.Prize, out.Keyword = r.Question, r.Answers, r.Prize, r.Keyword
	out.Commitment, out.ListHash, out.Entries, out.Answers = r.Commitment, r.ListHash, r.Entries(), r.AnswerCounts()
	out.Identity = identity(c.Named, r.Entries())
	if c.native() {
		out.Commitment, out.Identity = "", "account"
	}
	for _, d := range r.Draws {
		out.Drawn = append(out.Drawn, d.Drawn)
		switch d.Outcome {
		case raffle.Won:
			out.Winners = append(out.Winners, c.user(d.Who, d.Name))
		case raffle.Pending:
			out.Claiming = append(out.Claiming, c.user(d.Who, d.Name))
		}
	}
}
