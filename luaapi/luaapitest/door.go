package luaapitest

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/contest"
	"botd/engine/dispatch"
	"botd/engine/metric"
	"botd/engine/schedule"
	"botd/engine/script"
	"botd/engine/warden"
)

// Door records what scripts do, and answers as the test wishes.
type Door struct {
	bot *Bot

	// Answer, if set, decides what becomes of an action. Without it everything works.
	Answer func(r script.Request) engine.Receipt
	// Web answers requests; nobody does if nil.
	Web func(script.FetchRequest) script.FetchAnswer
	// Delay is how long a receipt takes to come.
	Delay time.Duration
	// Can is what the session can do.
	Can engine.Capabilities
	// People are in the room.
	People []engine.User
	// Natives are the commands of the session.
	Natives []engine.Command
	// Discard keeps no record, for benchmarks.
	Discard bool
	// Dice are the next random numbers; after them come others, the same in each test.
	Dice []uint64

	// Contacts: the script may read how to reach people.
	Contacts bool

	// Lost is what users are told whose questions were lost.
	Lost []string
	// Gifts are the roles given by the bot.
	Gifts []string
	// Metrics is what scripts counted and measured.
	Metrics metric.Book

	lock      sync.Mutex
	requests  []script.Request
	said      int // requests that Said has told
	logs      []LogLine
	history   []*engine.Event
	rolls     *rand.PCG
	schedule  *schedule.Scheduler
	jobs      *schedule.Jobs
	states    map[string][]byte
	hooks     map[string]*keptHook
	saves     int
	held      map[string]time.Time
	questions dispatch.Questions
	contests  *contest.Manager
	warden    *warden.Warden
}

// LogLine is a line a script logged.
type LogLine struct {
	Level, Msg string
	Fields     map[string]any
	Origin     script.Origin
}

func newDoor(b *Bot) *Door {
	d := &Door{
		bot:      b,
		states:   map[string][]byte{},
		hooks:    map[string]*keptHook{},
		schedule: schedule.New(schedule.Options{}),
		jobs:     newJobs(),
		Can:      engine.Capabilities{Can: engine.AllCaps, Text: engine.Limit{Max: 500}, RoomRate: engine.Rate{Burst: 5, PerSecond: 2}},
		rolls:    rand.NewPCG(1, 2),
		held:     map[string]time.Time{},
		People:   []engine.User{User("ann"), User("bob"), Me},
	}
	d.warden = d.newWarden()
	return d
}

var _ script.Door = (*Door)(nil)

func newJobs() *schedule.Jobs {
	jobs := schedule.NewJobs(engine.SystemClock{}, slog.New(slog.DiscardHandler), &schedule.MemoryJobs{})
	jobs.Open()
	return jobs
}

// Requests are the actions so far.
func (d *Door) Requests() []script.Request {
	d.lock.Lock()
	defer d.lock.Unlock()
	return append([]script.Request(nil), d.requests...)
}

// Actions are the actions so far, without who asked for them.
func (d *Door) Actions() []engine.Action {
	var out []engine.Action
	for _, r := range d.Requests() {
		out = append(out, r.Action)
	}
	return out
}

// Said lists the texts sent since the last call: a plain line as it is, another one
// after the name of its action.
func (d *Door) Said() []string {
	d.lock.Lock()
	defer d.lock.Unlock()
	var out []string
	for _, r := range d.requests[d.said:] {
		text := engine.TextOf(r.Action)
		if _, plain := r.Action.(engine.Say); !plain {
			text = engine.ActionName(r.Action) + ": " + text
		}
		out = append(out, text)
	}
	d.said = len(d.requests)
	return out
}

// Logs are the lines logged so far.
func (d *Door) Logs() []LogLine {
	d.lock.Lock()
	defer d.lock.Unlock()
	return append([]LogLine(nil), d.logs...)
}

func (d *Door) Do(r script.Request, done func(engine.Receipt)) {
	d.lock.Lock()
	if !d.Discard {
		d.requests = append(d.requests, r)
	}
	n := len(d.requests)
	d.lock.Unlock()
	rec := engine.Receipt{Status: engine.Echoed, At: time.Now().UTC(), Message: engine.MessageID(fmt.Sprintf("sent%d", n))}
	if d.Answer != nil {
		rec = d.Answer(r)
	}
	if d.Delay == 0 {
		done(rec)
		return
	}
	time.AfterFunc(d.Delay, func() { done(rec) })
}

// Fetch is answered by Web.
func (d *Door) Fetch(r script.FetchRequest, done func(script.FetchAnswer)) func() {
	answer := d.Web
	if answer == nil {
		done(script.FetchAnswer{Err: engine.Errorf(engine.NotConnected, "there is no web")})
		return func() {}
	}
	done(answer(r))
	return func() {}
}

// Hook keeps a webhook for [Door.CallHook].
func (d *Door) Hook(_ script.Origin, h script.Hook, serve func(script.HookCall, func(script.HookReply))) (func(), error) {
	if len(h.Secret) < 4 {
		return nil, engine.Errorf(engine.Invalid, "the secret is too short")
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	n := &keptHook{h, serve}
	d.hooks[h.Path] = n
	return func() {
		d.lock.Lock()
		defer d.lock.Unlock()
		if d.hooks[h.Path] == n {
			delete(d.hooks, h.Path)
		}
	}, nil
}

type keptHook struct {
	script.Hook
	serve func(script.HookCall, func(script.HookReply))
}

// CallHook calls a webhook and returns what it answered; ok is false if there is none, or
// it did not answer.
func (d *Door) CallHook(path string, c script.HookCall) (a script.HookReply, ok bool) {
	d.lock.Lock()
	h := d.hooks[path]
	d.lock.Unlock()
	if h == nil {
		return a, false
	}
	answered := make(chan script.HookReply, 1)
	c.Path = path
	h.serve(c, func(r script.HookReply) { answered <- r })
	synctest.Wait()
	select {
	case a = <-answered:
		return a, true
	default:
		return a, false
	}
}

// Store leads to no store: how scripts store is tested with a real one.
func (d *Door) Store(_ script.StoreRequest, done func(script.StoreAnswer)) {
	done(script.StoreAnswer{Err: engine.Errorf(engine.NotConnected, "there is no store")})
}

// LoadState returns what was kept of a state.
func (d *Door) LoadState(o script.Origin) ([]byte, error) {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.states[o.Script], nil
}

// SaveState keeps a state for the next version of the script.
func (d *Door) SaveState(o script.Origin, record []byte, _ []engine.EventID) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.states[o.Script] = record
	d.saves++
}

// State is what was kept of the state of a script, "" if nothing was.
func (d *Door) State(name string) string {
	d.lock.Lock()
	defer d.lock.Unlock()
	return string(d.states[name])
}

// Saves is how often a state was kept.
func (d *Door) Saves() int {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.saves
}

// SetState has a state be there.
func (d *Door) SetState(name, record string) {
	d.SaveState(script.Origin{Script: name}, []byte(record), nil)
}

// Question leads to the questions of the test's own.
func (d *Door) Question(_ script.Origin, q script.Question, answer func(*engine.Event), kept func()) (func(bool), error) {
	end, err := d.questions.Open(q.Question, answer)
	if err != nil {
		return nil, err
	}
	kept()
	return func(lost bool) {
		end()
		if lost {
			d.lock.Lock()
			d.Lost = append(d.Lost, q.Lost)
			d.lock.Unlock()
		}
	}, nil
}

// Cooldown keeps keys until their time is over.
func (d *Door) Cooldown(o script.Origin, holds []script.Hold) (left time.Duration) {
	d.lock.Lock()
	defer d.lock.Unlock()
	for _, h := range holds {
		left = max(left, time.Until(d.held[o.Script+"/"+h.Key]))
	}
	for _, h := range holds {
		if left <= 0 && h.For > 0 {
			d.held[o.Script+"/"+h.Key] = time.Now().Add(h.For)
		}
	}
	return max(left, 0)
}

// GiveRole notes what was given: "ann moderator".
func (d *Door) GiveRole(_ script.Origin, _ engine.SessionID, u engine.User, role engine.Role, done func(error)) {
	if u.Account == "" {
		done(engine.Errorf(engine.Unsupported, "%s has no account", u.Name))
		return
	}
	d.lock.Lock()
	d.Gifts = append(d.Gifts, u.Name+" "+role.String())
	d.lock.Unlock()
	done(nil)
}

// Filters lets every script have filters.
func (d *Door) Filters(script.Origin) error { return nil }

func (d *Door) Metric(o script.Origin, p metric.Point) error { return d.Metrics.Add(o.Script, p) }

func (d *Door) Emit(o script.Origin, name string, data any) error {
	d.bot.deliver(&engine.Event{Body: engine.Custom{Name: name, Data: data, From: o.Script}})
	return nil
}

func (d *Door) Reveal(_ script.Origin, p engine.Private) (string, error) {
	if !d.Contacts {
		return "", engine.Errorf(engine.Denied, "no grant contacts")
	}
	return p.Reveal(), nil
}

func (d *Door) Caps(s engine.SessionID, _ engine.RoomID) (engine.Capabilities, error) {
	if s != Session {
		return engine.Capabilities{}, engine.Errorf(engine.NotFound, "no session %q", s)
	}
	return d.Can, nil
}

func (d *Door) Commands(engine.SessionID) []engine.Command { return d.Natives }

// Offers are those of the script, of another one, and of the daemon.
func (d *Door) Offers(_ engine.RoomPath, name string) []script.Offer {
	out := d.bot.Manager.Tables().Offers(nil, name)
	for _, o := range []script.Offer{{Script: "dice", Names: []string{"roll", "r"}}, {Script: "botd", Names: []string{"help"}}} {
		if name == "" || slices.Contains(o.Names, name) {
			out = append(out, o)
		}
	}
	return out
}

func (d *Door) Rooms() []script.RoomState {
	return []script.RoomState{
		{Path: "lobby/lobby", Session: Session, Platform: Platform, Room: engine.Room{ID: Room, Name: "Lobby", Topic: "now"}, Online: true, Me: Me},
		{Path: "lobby/attic", Session: Session, Platform: Platform, Room: engine.Room{ID: "attic"}, Online: true, Me: Me},
	}
}

func (d *Door) Sessions() []script.SessionState {
	return []script.SessionState{{Name: Session, Platform: Platform, State: "online", Me: Me}}
}

func (d *Door) Users(p engine.RoomPath) []engine.User {
	if p != "lobby/lobby" {
		return nil
	}
	return d.People
}

func (d *Door) Recent(p engine.RoomPath, n int) []*engine.Event {
	d.lock.Lock()
	defer d.lock.Unlock()
	var out []*engine.Event
	for _, ev := range d.history {
		if ev.Path() == p {
			out = append(out, ev)
		}
	}
	return out[max(0, len(out)-n):]
}

// Schedule leads to a schedule of the test's own.
func (d *Door) Schedule(o script.Origin) (script.Schedule, error) {
	return script.ScheduleOf(d.schedule, d.jobs, o.Script), nil
}

func (d *Door) remember(ev *engine.Event) {
	d.schedule.Hear(ev)
	if d.Discard {
		return
	}
	d.lock.Lock()
	d.history = append(d.history, ev)
	d.lock.Unlock()
}

func (d *Door) Log(o script.Origin, level, msg string, fields map[string]any) {
	d.lock.Lock()
	d.logs = append(d.logs, LogLine{level, msg, fields, o})
	d.lock.Unlock()
}

func (d *Door) Rand() uint64 {
	d.lock.Lock()
	defer d.lock.Unlock()
	if len(d.Dice) > 0 {
		n := d.Dice[0]
		d.Dice = d.Dice[1:]
		return n
	}
	return d.rolls.Uint64()
}
