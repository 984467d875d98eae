package contest

import (
	"encoding/hex"
	"maps"
	"math"
	"slices"

	"botd/engine"
	"botd/engine/poll"
	"botd/engine/raffle"
	"botd/engine/script"
)

// Do carries a request out. It does not block; answer is called once, from any goroutine,
// unless cancel was called before.
func (m *Manager) Do(r script.ContestRequest, answer func(script.ContestAnswer)) (cancel func()) {
	w := &waiter{answer: answer}
	m.post(func() { m.request(r, w) })
	return func() {
		m.post(func() {
			w.answer = nil
			for _, c := range m.contests {
				delete(c.waiting, w)
			}
		})
	}
}

// reply answers once.
func (w *waiter) reply(a script.ContestAnswer) {
	if f := w.answer; f != nil {
		w.answer = nil
		f(a)
	}
}

func (w *waiter) fail(err error) { w.reply(script.ContestAnswer{Err: err}) }

func (m *Manager) request(r script.ContestRequest, w *waiter) {
	switch r.Op {
	case script.ContestOpen:
		m.open(r, w)
		return
	case script.ContestList:
		m.list(r, w)
		return
	}
	c := m.find(r)
	if c == nil {
		what := "poll"
		if r.Raffle {
			what = "raffle"
		}
		w.fail(engine.Errorf(engine.NotFound, "this script has no %s %q", what, r.ID))
		return
	}
	m.requestOf(c, r, w)
}

// find finds a contest of the script by the id it knows.
func (m *Manager) find(r script.ContestRequest) *contest {
	is := func(c *contest) bool { return c.Script == r.Origin.Script && (c.Raffle != nil) == r.Raffle }
	if c := m.contests[r.ID]; c != nil && is(c) {
		return c
	}
	for _, c := range slices.Backward(m.sorted()) {
		if c.public() == r.ID && is(c) {
			return c
		}
	}
	return nil
}

func (m *Manager) list(r script.ContestRequest, w *waiter) {
	var a script.ContestAnswer
	for _, c := range m.sorted() {
		if c.Script == r.Origin.Script && (c.Raffle != nil) == r.Raffle && (r.Over || !c.over()) && (r.Room == "" || r.Room == c.path()) {
			a.Contests = append(a.Contests, m.outline(c))
		}
	}
	w.reply(a)
}

// requestOf is about a contest there is.
func (m *Manager) requestOf(c *contest, r script.ContestRequest, w *waiter) {
	now := m.now()
	done := func(err error) {
		if err != nil {
			w.fail(err)
			return
		}
		w.reply(script.ContestAnswer{Contests: []script.ContestInfo{m.state(c)}})
	}
	switch r.Op {
	case script.ContestState:
		done(nil)
	case script.ContestWait:
		if c.over() && !c.closing {
			done(nil)
		} else {
			c.waiting[w] = struct{}{}
		}
	case script.ContestWeigh:
		c.weigher = w
		m.askWeights(c)
	case script.ContestWeighed:
		m.weighed(c, r.User, r.Weight)
		done(nil)
	case script.ContestVote:
		m.vote(c, r.User, r.Choices, done)
	case script.ContestEnter:
		m.enter(c, r.User, r.Answer, done)
	default:
		if c.native() {
			m.requestNative(c, r, done)
			return
		}
		if c.Poll != nil {
			fx, err := pollVerb(c.Poll, r, m)
			m.polled(c, fx, err, nil, done)
			return
		}
		fx, err := m.raffleVerb(c.Raffle, r, now)
		m.raffled(c, fx, err, nil, done)
	}
}

func pollVerb(p *poll.Poll, r script.ContestRequest, m *Manager) (poll.Effects, error) {
	switch now := m.now(); r.Op {
	case script.ContestPause:
		return p.Pause(now)
	case script.ContestResume:
		return p.Resume(now)
	case script.ContestClose:
		return p.Close(now)
	case script.ContestCancel:
		return p.Cancel()
	}
	return poll.Effects{}, engine.Errorf(engine.Unsupported, "a poll has no %s", r.Op)
}

// open checks what is to be opened, and opens it.
func (m *Manager) open(r script.ContestRequest, w *waiter) {
	c, err := m.prepare(r)
	if err != nil {
		w.fail(err)
		return
	}
	if m.nativeFits(c) {
		m.openNative(c, r, w)
		return
	}
	m.openChat(c, w)
}

// openChat opens a contest that is run here.
func (m *Manager) openChat(c *contest, w *waiter) {
	if c.Spec.FollowersOnly {
		w.fail(engine.Errorf(engine.Unsupported, "in chat nobody can tell who follows; leave followers_only out, or use subscribers_only or roles"))
		return
	}
	if err := m.keywordFree(c); err != nil {
		w.fail(err)
		return
	}
	done := func(err error) {
		if err != nil {
			m.forget(c)
			w.fail(err)
			return
		}
		w.reply(script.ContestAnswer{Contests: []script.ContestInfo{m.state(c)}})
	}
	m.contests[c.ID] = c
	if c.Spec.Poll != nil {
		p, fx, err := poll.Open(*c.Spec.Poll, m.now(), m.seed64())
		c.Poll = p
		if err != nil {
			delete(m.contests, c.ID)
			w.fail(err)
			return
		}
		m.listen(c, 1)
		m.polled(c, fx, nil, nil, done)
		return
	}
	seed := make([]byte, raffle.SeedSize)
	m.opt.Random(seed)
	rf, fx, err := raffle.Open(c.ID, string(c.path()), *c.Spec.Raffle, m.now(), seed)
	c.Raffle = rf
	if err != nil {
		delete(m.contests, c.ID)
		w.fail(err)
		return
	}
	m.listen(c, 1)
	m.raffled(c, fx, nil, nil, done)
}

// forget undoes an opening that could not be kept.
func (m *Manager) forget(c *contest) {
	delete(m.contests, c.ID)
	m.listen(c, -1)
}

// prepare makes a contest of a request, not opened yet.
func (m *Manager) prepare(r script.ContestRequest) (*contest, error) {
	if err := m.opt.Permit(r.Origin.Script); err != nil {
		return nil, err
	}
	if r.Spec == nil || (r.Spec.Poll == nil) == (r.Spec.Raffle == nil) || r.Raffle != (r.Spec.Raffle != nil) {
		return nil, engine.Errorf(engine.Invalid, "what is to be opened must be one poll or one raffle")
	}
	room, ok := m.opt.Room(r.Room)
	if !ok {
		return nil, engine.Errorf(engine.NotFound, "no room %q", r.Room)
	}
	c := newContest(head{Script: r.Origin.Script, Session: room.Session, Platform: room.Platform, Room: engine.Room{ID: room.Room.ID, Name: room.Room.Name}, Spec: *r.Spec})
	for role, w := range c.Spec.Weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return nil, engine.Errorf(engine.Invalid, "%s cannot weigh %v", role, w)
		}
	}
	if err := m.fits(c); err != nil {
		return nil, err
	}
	if err := m.known(c); err != nil {
		return nil, err
	}
	id := make([]byte, 6)
	m.opt.Random(id)
	c.ID = "p" + hex.EncodeToString(id)
	if c.Spec.Raffle != nil {
		c.ID = "r" + c.ID[1:]
		own := *c.Spec.Raffle // the request may be prepared again
		c.Spec.Raffle = &own
		c.keyworded = own.Keyword != ""
		if !c.keyworded {
			c.Spec.Raffle.Keyword = m.opt.Prefix(c.Session, c.Room) + "join"
		}
		return c, c.Spec.Raffle.Check()
	}
	c.Spec.Poll.Change = !c.Spec.Stands
	c.Tag = m.freeTag(c.path())
	return c, c.Spec.Poll.Check()
}

// known refuses roles that nobody can have: a slip would shut everybody out.
func (m *Manager) known(c *contest) error {
	if m.opt.Known == nil {
		return nil
	}
	for _, role := range slices.Concat(c.Spec.Roles, slices.Sorted(maps.Keys(c.Spec.Weights))) {
		if err := m.opt.Known(c.Session, role); err != nil {
			return err
		}
	}
	return nil
}

// keywordFree refuses a raffle whose word enters another one of the room.
func (m *Manager) keywordFree(c *contest) error {
	for _, o := range m.in(c.path()) {
		if c.Spec.Raffle != nil && o.Raffle != nil && !o.native() && engine.SameWords(o.Raffle.Keyword, c.Spec.Raffle.Keyword) {
			return engine.Errorf(engine.Conflict, "another raffle in %s has the keyword %s; choose a keyword for this one", c.path(), o.Raffle.Keyword)
		}
	}
	return nil
}

// fits refuses what would be too much.
func (m *Manager) fits(c *contest) error {
	inRoom, ofScript := 0, 0
	for _, o := range m.contests {
		if o.over() {
			continue
		}
		if o.Script == c.Script {
			ofScript++
		}
		if o.path() != c.path() {
			continue
		}
		inRoom++
	}
	switch {
	case inRoom >= maxInRoom:
		return engine.Errorf(engine.Quota, "%d polls and raffles are open in %s already", inRoom, c.path())
	case ofScript >= maxOfScript:
		return engine.Errorf(engine.Quota, "the script has %d polls and raffles open already", ofScript)
	}
	return nil
}

// freeTag is the first letter that no open poll of the room has.
func (m *Manager) freeTag(p engine.RoomPath) string {
	taken := map[string]bool{}
	for _, c := range m.contests {
		if c.path() == p && !c.over() {
			taken[c.Tag] = true
		}
	}
	for tag := 'a'; ; tag++ {
		if !taken[string(tag)] {
			return string(tag)
		}
	}
}

func (m *Manager) seed64() (n uint64) {
	b := make([]byte, 8)
	m.opt.Random(b)
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return n
}

// finished tells all who wait that it has ended.
func (m *Manager) finished(c *contest) {
	for w := range c.waiting {
		w.reply(script.ContestAnswer{Contests: []script.ContestInfo{m.state(c)}})
	}
	clear(c.waiting)
	m.prune()
}

// maxOver is how many contests that are over are held in memory.
const maxOver = 500

func (m *Manager) prune() {
	var over []*contest
	for _, c := range m.sorted() {
		if c.over() {
			over = append(over, c)
		}
	}
	for _, c := range over[:max(len(over)-maxOver, 0)] {
		delete(m.contests, c.ID)
	}
}
