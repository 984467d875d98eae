// Package warden carries out what package moderate decides: it holds the rules of scripts to
// every line before anybody else sees it, takes the steps that follow, and keeps a case of
// each in the store.
package warden

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/facts"
	"botd/engine/moderate"
	"botd/engine/store"
)

// Options of a [Warden]. All but Clock, Log, Publish, Settled and Trial must be set.
type Options struct {
	Store store.Store
	Clock engine.Clock // the system's if nil
	Log   *slog.Logger // nowhere if nil
	// Do takes an action in the name of a script; done is called once, from any goroutine.
	Do func(a Action, done func(engine.Receipt))
	// Caps is what a session can do in a room.
	Caps func(engine.SessionID, engine.RoomID) (engine.Capabilities, bool)
	// Recent are the last n messages of a room, oldest first.
	Recent func(p engine.RoomPath, n int) []*engine.Event
	// Publish, which may be nil, tells scripts of a case.
	Publish func(*engine.Event)
	// Settled, which may be nil, is told of each case that came to an end, or to another one. It
	// must not block.
	Settled func(moderate.Case)
	// Trial: cases are told to Settled, and not kept.
	Trial bool
	// Go runs a read of the store beside the caller.
	Go func(func())
}

// Action is something a warden wants done.
type Action struct {
	Script  string
	Event   engine.EventID
	Session engine.SessionID
	Action  engine.Action
}

const (
	caseSpace     = "mod/cases"
	standingSpace = "mod/standings"
	permitSpace   = "mod/permits"
	// MaxCases is how many cases are kept: the oldest go.
	MaxCases = 10_000
)

// Warden is the one of a daemon. Its methods may be called from any goroutine and do not
// block, unless they take a context.
type Warden struct {
	opt       Options
	cases     store.Space[moderate.Case]
	standings *facts.Book
	permits   *facts.Book

	mu   sync.Mutex
	last int64        // number of the last case
	sets []*installed // replaced, never changed in place
	// unsettled are cases that were on their way when the daemon last ended.
	unsettled []*moderate.Case
	heard     heard
	cleared   map[string]time.Time  // by user and room: of the latest line that was deleted with others
	forgotten map[string][]oblivion // by case
}

// installed is a set of rules in force.
type installed struct {
	script string
	seen   []engine.RoomGlob // the rooms the script may see; none means all
	set    *moderate.Set
}

// Open reads what the store has. [Warden.Resume] is to follow.
func Open(ctx context.Context, o Options) (*Warden, error) {
	w, err := read(ctx, o)
	if err != nil {
		return nil, err
	}
	return w, w.settleOld(ctx)
}

// read knows what the store has.
func read(ctx context.Context, o Options) (*Warden, error) {
	if o.Clock == nil {
		o.Clock = engine.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	w := &Warden{opt: o, cleared: map[string]time.Time{}, forgotten: map[string][]oblivion{}, cases: store.Space[moderate.Case]{Store: o.Store, Name: caseSpace}}
	book := func(space string) (b *facts.Book, err error) {
		return facts.Open(ctx, facts.Options{Store: o.Store, Space: space, Clock: o.Clock, Log: o.Log})
	}
	var err error
	if w.standings, err = book(standingSpace); err != nil {
		return nil, err
	}
	if w.permits, err = book(permitSpace); err != nil {
		return nil, err
	}
	return w, w.Reload(ctx)
}

// Reload takes what the store has for what is known: after a backup was restored.
func (w *Warden) Reload(ctx context.Context) error {
	if err := cmp.Or(w.standings.Reload(ctx), w.permits.Reload(ctx)); err != nil {
		return err
	}
	newest, err := w.opt.Store.List(ctx, store.Query{Space: caseSpace, Desc: true, Limit: 1})
	if err != nil || len(newest) == 0 {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := strconv.ParseInt(newest[0].Key, 10, 64)
	w.last = max(w.last, n)
	return err
}

// key is where a case is: in the order of their numbers.
func key(n int64) string {
	s := strconv.FormatInt(n, 10)
	return "000000000000"[:max(0, 12-len(s))] + s
}

// Prepare checks rules of a script, which hold as soon as they are told to. seen are the
// rooms the script may see.
func (w *Warden) Prepare(script string, seen []engine.RoomGlob, cfg moderate.Config) (*Rules, error) {
	set, err := moderate.Compile(cfg)
	if err != nil {
		return nil, err
	}
	return &Rules{w: w, in: &installed{script, seen, set}}, nil
}

// Rules are those of one name of a script. They hold once, from Begin until End, or until
// others of their name begin.
type Rules struct {
	w     *Warden
	in    *installed
	spent bool // they have begun, or never will; w.mu guards it
}

// Begin puts them in force, in place of those of the same name, whose memory of what was said
// they take over if they say the same. After End it does nothing.
func (r *Rules) Begin() {
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	if r.spent {
		return
	}
	r.spent = true
	in := r.in
	r.w.sets = append(r.w.without(func(o *installed) bool {
		same := o.script == in.script && o.set.Config().Name == in.set.Config().Name
		if same {
			in.set.Follow(o.set)
		}
		return same
	}), in)
}

// End has them hold no more.
func (r *Rules) End() {
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	r.spent = true
	r.w.sets = r.w.without(func(o *installed) bool { return o == r.in })
}

// without are the sets in force but some. mu is held.
func (w *Warden) without(gone func(*installed) bool) []*installed {
	return slices.DeleteFunc(slices.Clone(w.sets), gone)
}

// InForce is a set of rules in force.
type InForce struct {
	Script string
	Seen   []engine.RoomGlob // the rooms the script may see; none means all
	Config moderate.Config
}

// InForce lists the sets in force, in the order in which they are held to lines.
func (w *Warden) InForce() []InForce {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []InForce
	for _, in := range w.sets {
		out = append(out, InForce{in.script, in.seen, in.set.Config()})
	}
	return out
}

// Rules lists the sets in force, by script and name.
func (w *Warden) Rules() map[string][]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string][]string{}
	for _, in := range w.sets {
		out[in.script] = append(out[in.script], in.set.Config().Name)
	}
	return out
}

// Hear holds the rules to an event, and does what follows. It reports whether the event
// is to reach nobody: the line broke a rule by which more than a word follows. It is called for one event
// at a time.
func (w *Warden) Hear(ev *engine.Event) (taken bool) {
	line, id, ok := lineOf(ev)
	if !ok {
		return false
	}
	w.mu.Lock()
	if _, message := ev.Body.(engine.Message); message && w.heard.again(ev, id, line.Text) {
		w.mu.Unlock()
		return false // whatever follows it has followed; that scripts hear it once is the ledger's part
	}
	var found *offence
	var shadows []*offence
	for _, in := range w.sets {
		if len(in.seen) > 0 && !slices.ContainsFunc(in.seen, func(g engine.RoomGlob) bool { return g.Match(ev.Session, ev.Room) }) {
			continue
		}
		hit, broke := in.set.Judge(line, func(kind string) bool { return found == nil && w.takePermit(in.script, kind, line.Who()) })
		switch o := (&offence{in.script, ev, line, id, hit}); {
		case !broke:
		case hit.Shadow:
			shadows = append(shadows, o)
		case found == nil:
			found = o
		}
	}
	w.mu.Unlock()
	for _, o := range shadows {
		c := o.caseOf(w, moderate.Shadow)
		w.open(c)
		w.publish(c)
	}
	if found == nil {
		return false
	}
	a := &attempt{c: found.caseOf(w, moderate.Pending), ev: ev.ID, told: found.hit.Why}
	taken = a.c.Wanted.Beyond()
	if taken {
		a.rest = w.flood(found)
	}
	w.begin(a)
	return taken
}

// maxCleared is how many lines of a flood are deleted with the last one, and for how many
// users it is remembered which were.
const (
	maxCleared      = 20
	maxClearedUsers = 5000
)

// flood lists the lines that made an offence of the last one, if it took several and they
// have not been deleted with an earlier one.
func (w *Warden) flood(o *offence) []engine.MessageID {
	if o.hit.Within == 0 {
		return nil
	}
	path, who := engine.Path(o.ev.Session, o.ev.Room.ID), o.line.Who()
	key := string(path) + " " + who
	w.mu.Lock()
	since := w.cleared[key]
	if len(w.cleared) >= maxClearedUsers {
		clear(w.cleared)
	}
	w.cleared[key] = o.line.At
	w.mu.Unlock()
	var out []engine.MessageID
	for _, ev := range w.opt.Recent(path, 10*maxCleared) {
		l, id, ok := lineOf(ev)
		if ok && id != "" && id != o.id && l.At.After(since) && l.Who() == who && o.line.At.Sub(l.At) < o.hit.Within && o.hit.Like(l.Text) {
			out = append(out, id)
		}
	}
	return out[max(0, len(out)-maxCleared):]
}

// lineOf is what rules look at: messages of others in rooms, and what they are changed to.
func lineOf(ev *engine.Event) (l moderate.Line, id engine.MessageID, ok bool) {
	l = moderate.Line{At: ev.At, Session: ev.Session, Room: ev.Room, User: ev.User}
	switch b := ev.Body.(type) {
	case engine.Message:
		l.Text, id, ok = b.Text, b.ID, !b.Private
	case engine.Edited:
		l.Text, id, ok, l.Edited = b.Text, b.ID, true, true
	}
	return l, id, ok && !ev.Self && !ev.History && ev.Room.ID != "" && ev.User.Ref() != (engine.UserRef{})
}

// offence is a hit with all there is to know of it.
type offence struct {
	script string
	ev     *engine.Event
	line   moderate.Line
	id     engine.MessageID
	hit    moderate.Hit
}

// caseOf works out what is to follow. One on trial moves nobody on a ladder, and says what
// would have followed.
func (o *offence) caseOf(w *Warden, status moderate.Status) *moderate.Case {
	c := &moderate.Case{
		At: o.ev.At, Session: o.ev.Session, Platform: o.ev.Platform, Room: o.ev.Room.ID, User: bare(o.ev.User), Message: o.id, Text: clip(o.line.Text),
		Script: o.script, Rules: o.hit.Set, Rule: o.hit.Rule, Kind: o.hit.Kind, Detail: o.hit.Detail, Why: o.hit.Why, Status: status,
		Ladder: cmp.Or(o.hit.Ladder.Name, o.hit.Set),
	}
	c.Wanted = w.climb(c, o.hit.Ladder, status != moderate.Shadow)
	return c
}

// bare is a user without what a case has no use for.
func bare(u engine.User) engine.User {
	return engine.User{ID: u.ID, Name: u.Name, Role: u.Role, Trip: u.Trip, Account: u.Account, Identity: u.Identity}
}

const maxCaseText = 1000

func clip(s string) string {
	if len(s) > maxCaseText {
		s = string([]rune(s[:maxCaseText])) // the last may be cut
	}
	return s
}

// climb is the step that follows an offence; with move it counts.
func (w *Warden) climb(c *moderate.Case, l moderate.Ladder, move bool) (step moderate.Step) {
	w.standings.Update(standingKey(c), func(old facts.Entry, found bool) ([]byte, time.Duration, error) {
		var s moderate.Standing
		if found {
			_ = json.Unmarshal(old.Value, &s) // we wrote it
		}
		step, s = l.Climb(s, c.At)
		if !move {
			return nil, 0, errUnmoved
		}
		b, err := json.Marshal(s)
		return b, l.Forget(s), err
	}, nil)
	return step
}

var errUnmoved = engine.Errorf(engine.Cancelled, "nothing changed")

func standingKey(c *moderate.Case) string {
	return facts.Key(c.Script, c.Ladder, moderate.Who(c.Session, c.User))
}

// forgive takes an offence off somebody's standing.
func (w *Warden) forgive(c *moderate.Case) {
	if c.Ladder == "" {
		return
	}
	now := w.opt.Clock.Now()
	w.standings.Update(standingKey(c), func(old facts.Entry, found bool) ([]byte, time.Duration, error) {
		var s moderate.Standing
		if !found || json.Unmarshal(old.Value, &s) != nil || s.Count <= 1 {
			return nil, 0, nil
		}
		s.Count--
		b, err := json.Marshal(s)
		return b, max(old.Until.Sub(now), time.Second), err
	}, nil)
}

// Permit lets somebody do what a kind of rule of a script forbids.
func (w *Warden) Permit(script string, p moderate.Permit, done func(error)) {
	if err := p.Check(); err != nil {
		done(err)
		return
	}
	value, err := json.Marshal(p.Count)
	if err != nil {
		done(err)
		return
	}
	w.permits.Set(facts.Key(script, p.What, moderate.Who(p.Session, p.User)), value, p.For, done)
}

// takePermit reports whether somebody may, and takes one of a number of permits.
func (w *Warden) takePermit(script, kind, who string) (ok bool) {
	w.permits.Update(facts.Key(script, kind, who), func(old facts.Entry, found bool) ([]byte, time.Duration, error) {
		var n int
		if !found || json.Unmarshal(old.Value, &n) != nil {
			return nil, 0, errUnmoved
		}
		ok = true
		switch n {
		case 0:
			return nil, 0, errUnmoved
		case 1:
			return nil, 0, nil
		}
		left := time.Duration(0)
		if !old.Until.IsZero() {
			left = max(old.Until.Sub(w.opt.Clock.Now()), time.Millisecond)
		}
		b, err := json.Marshal(n - 1)
		return b, left, err
	}, nil)
	return ok
}
