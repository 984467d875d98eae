package backtest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"botd/engine"
	"botd/engine/chatlog"
	"botd/engine/moderate"
	"botd/engine/store"
	"botd/engine/warden"
)

// Rules are a set of rules, and the script it belongs to.
type Rules struct {
	Script string          `json:"script"`
	Rooms  []string        `json:"rooms,omitempty"` // [engine.RoomGlob]s of what the script sees; none is all
	Config moderate.Config `json:"config"`
}

// Options of a [Trial]. Zero fields take the defaults named with them.
type Options struct {
	// Window is how long after a line what is done to its author is taken to be about it, 10 min.
	Window time.Duration
	// Examples is how many lines of each sort are quoted, 5; none if less than 0.
	Examples int
}

// GCPercent is how much garbage (debug.SetGCPercent) is worth its while: a trial holds little,
// makes much, and has the process for itself.
const GCPercent = 400

// Trial tries rules. One goroutine at a time may use it.
type Trial struct {
	opt    Options
	clock  *logClock
	warden *warden.Warden
	sets   []covering
	rooms  map[roomKey]*room
	last   *moderate.Case // that the warden settled

	recent []*line          // within the window, oldest first
	cases  map[string]*line // by the number of a case of the bot
	report Report
	rules  map[ruleKey]*RuleReport
}

// covering is where rules hold.
type covering struct {
	seen []engine.RoomGlob
	set  *moderate.Set
}

type roomKey struct {
	session engine.SessionID
	room    engine.RoomID
}

type ruleKey struct {
	script, set string
	rule        int
}

// New makes a trial of rules. Those that are on trial already (shadow) are taken as if they
// were in force. Errors have code Invalid.
func New(ctx context.Context, rules []Rules, o Options) (*Trial, error) {
	if o.Window <= 0 {
		o.Window = 10 * time.Minute
	}
	o.Examples = cmp.Or(o.Examples, 5)
	t := &Trial{
		opt: o, clock: &logClock{}, rooms: map[roomKey]*room{},
		cases: map[string]*line{}, rules: map[ruleKey]*RuleReport{}, report: Report{Window: o.Window, Rules: []*RuleReport{}, Misses: []Example{}},
	}
	var err error
	t.warden, err = warden.Open(ctx, warden.Options{
		Store: noStore{store.NewMemory(t.clock)}, Clock: t.clock, Trial: true,
		Do: func(_ warden.Action, done func(engine.Receipt)) { done(engine.Receipt{Status: engine.Sent}) },
		Caps: func(engine.SessionID, engine.RoomID) (engine.Capabilities, bool) {
			return engine.Capabilities{Can: engine.AllCaps}, true
		},
		Recent:  func(engine.RoomPath, int) []*engine.Event { return nil },
		Settled: func(c moderate.Case) { t.last = &c },
		Go:      func(f func()) { f() },
	})
	if err != nil {
		return nil, err
	}
	for _, r := range rules {
		if err := t.install(r); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Trial) install(r Rules) error {
	r.Config.Shadow = false
	set, err := moderate.Compile(r.Config)
	if err != nil {
		return err
	}
	var seen []engine.RoomGlob
	for _, room := range r.Rooms {
		g, err := engine.ParseRoomGlob(room)
		if err != nil {
			return err
		}
		seen = append(seen, g)
	}
	t.sets = append(t.sets, covering{seen, set})
	for i, rule := range r.Config.Rules {
		rr := &RuleReport{Script: r.Script, Rules: r.Config.Name, Rule: i + 1, Kind: rule.Kind(), Steps: map[string]int{}, Alarms: []Example{}}
		t.report.Rules = append(t.report.Rules, rr)
		t.rules[ruleKey{r.Script, r.Config.Name, i + 1}] = rr
	}
	prepared, err := t.warden.Prepare(r.Script, seen, r.Config)
	if err == nil {
		prepared.Begin()
	}
	return err
}

// room is the one of an entry.
func (t *Trial) room(e *chatlog.Entry) *room {
	key := roomKey{e.Session, e.Room}
	r := t.rooms[key]
	if r == nil {
		r = &room{path: e.Where(), covered: t.covers(e), byID: map[engine.MessageID]*line{}, byUser: map[name]*author{}}
		t.rooms[key] = r
	}
	return r
}

func (t *Trial) covers(e *chatlog.Entry) bool {
	sees := func(g engine.RoomGlob) bool { return g.Match(e.Session, e.In()) }
	return slices.ContainsFunc(t.sets, func(c covering) bool {
		return c.set.Covers(e.Session, e.In()) && (len(c.seen) == 0 || slices.ContainsFunc(c.seen, sees))
	})
}

// Take takes the next entry of the log.
func (t *Trial) Take(e *chatlog.Entry) {
	t.clock.follow(e.At)
	t.forget(t.clock.now.Add(-t.opt.Window))
	if e.Private {
		return
	}
	r := t.room(e)
	if !r.covered {
		return
	}
	if t.report.From.IsZero() {
		t.report.From = e.At
	}
	t.report.To = e.At
	switch e.Kind {
	case "message", "edit":
		if !e.Self {
			t.say(r, e)
		}
	case "delete", "kick", "timeout", "mute", "ban", chatlog.KindCase:
		t.act(r, e)
	}
}

// say holds the rules to a line. What a message is changed to belongs to the same line.
func (t *Trial) say(r *room, e *chatlog.Entry) {
	t.last = nil
	t.warden.Hear(e.Event())
	l := r.byID[e.Message]
	if e.Kind == "message" || l == nil {
		l = t.add(r, e)
	}
	if c := t.last; c != nil && l.hit == nil {
		l.hit, l.text = c, e.Text
	}
}

// noStore keeps nothing: cases are counted here, and standings are in memory as long as the
// trial lasts.
type noStore struct{ store.Store }

func (noStore) Submit(b store.Batch, done func(store.Result)) {
	done(store.Result{Entries: make([]store.Entry, len(b))})
}

// logClock shows the time of the log; nothing waits for it.
type logClock struct{ now time.Time }

func (c *logClock) Now() time.Time { return c.now }

func (c *logClock) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func (c *logClock) AfterFunc(time.Duration, func()) func() bool {
	return func() bool { return true }
}

// follow goes on, and never back: a network's times may be a little out of order.
func (c *logClock) follow(at time.Time) {
	if at.After(c.now) {
		c.now = at
	}
}
