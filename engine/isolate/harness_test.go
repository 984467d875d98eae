package isolate_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/isolate"
	"botd/engine/metric"
	"botd/engine/schedule"
	"botd/engine/script"
)

// The test binary is also the program its children run.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "worker":
			os.Exit(isolate.Worker(library()))
		case "daemon":
			daemon()
		case "hostile":
			pretend(os.Args[2])
		case "nuisance":
			nag(os.Args[2])
		}
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for something that must come.
const patience = time.Minute

// short is the deadline of tests that wait until it has passed. A busy machine takes a part
// of it to start a process.
const short = 3 * time.Second

// door is the daemon as scripts see it: a room, two users, and a record of what was done.
type door struct {
	asked   atomic.Int32 // requests to http://slow/, which never answers
	aborted atomic.Int32 // requests that were cancelled
	hooks   map[string]func(script.HookCall, func(script.HookReply))
	// answer decides what becomes of an action; without it everything works.
	answer func(script.Request, func(engine.Receipt))

	mu            sync.Mutex
	metrics       metric.Book
	said          []string
	log           []string
	emitted       []engine.Custom
	last          script.Request
	stored        map[string]any
	states        map[string][]byte
	begun         []engine.EventID // of all states
	held          map[string]bool
	questions     dispatch.Questions
	lostQuestions []string // what their users are to be told; guarded by mu

	schedule *schedule.Scheduler
	jobs     *schedule.Jobs
}

var (
	me    = engine.User{ID: "b", Name: "botd"}
	lobby = engine.Room{ID: "lobby", Name: "Lobby", Topic: "welcome"}
)

func (d *door) Do(r script.Request, done func(engine.Receipt)) {
	d.mu.Lock()
	d.said = append(d.said, engine.TextOf(r.Action))
	d.last = r
	answer, n := d.answer, len(d.said)
	d.mu.Unlock()
	if answer != nil {
		answer(r, done)
		return
	}
	go done(engine.Receipt{Status: engine.Echoed, Message: engine.MessageID(fmt.Sprintf("m%d", n))})
}

func (d *door) LoadState(o script.Origin) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.states[o.Script], nil
}

func (d *door) SaveState(o script.Origin, record []byte, begun []engine.EventID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.states == nil {
		d.states = map[string][]byte{}
	}
	d.states[o.Script] = record
	d.begun = append(d.begun, begun...)
}

func (d *door) GiveRole(_ script.Origin, _ engine.SessionID, _ engine.User, _ engine.Role, done func(error)) {
	done(nil)
}

func (d *door) Filters(script.Origin) error { return nil }

func (d *door) Metric(o script.Origin, p metric.Point) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.metrics.Add(o.Script, p)
}

func (d *door) Emit(o script.Origin, name string, data any) error {
	if name == "not.granted" {
		return engine.Errorf(engine.Denied, "no grant")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.emitted = append(d.emitted, engine.Custom{Name: name, Data: data, From: o.Script})
	return nil
}

func (d *door) Caps(s engine.SessionID, r engine.RoomID) (engine.Capabilities, error) {
	if s != "s" {
		return engine.Capabilities{}, engine.Errorf(engine.NotFound, "no room %q", engine.Path(s, r))
	}
	return engine.Capabilities{Can: engine.Caps(engine.CapSay), Text: engine.Limit{Max: 500, Unit: engine.UTF16}}, nil
}

func (d *door) Commands(engine.SessionID) []engine.Command {
	return []engine.Command{{Name: "changenick", Params: []engine.Param{{Name: "nick", Type: "string"}}}}
}

func (d *door) Offers(engine.RoomPath, string) []script.Offer {
	return []script.Offer{{Script: "other", Names: []string{"dice"}, About: dispatch.About{Help: "rolls"}}}
}

func (d *door) Rooms() []script.RoomState {
	return []script.RoomState{{Path: "s/lobby", Session: "s", Platform: "local", Room: lobby, Online: true, Me: me}}
}

func (d *door) Sessions() []script.SessionState {
	return []script.SessionState{{Name: "s", Platform: "local", State: "online", Me: me}}
}

func (d *door) Users(engine.RoomPath) []engine.User {
	return []engine.User{me, {ID: "a", Name: "ann", Role: engine.Moderator}}
}

func (d *door) Recent(_ engine.RoomPath, n int) []*engine.Event {
	return []*engine.Event{message("earlier")}[:min(n, 1)]
}

func (d *door) Log(o script.Origin, level, msg string, fields map[string]any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log = append(d.log, fmt.Sprintf("%s %s %s %v", o.Script, level, msg, fields))
}

// Fetch answers with what was asked; one address answers when nobody waits any more.
func (d *door) Fetch(r script.FetchRequest, done func(script.FetchAnswer)) func() {
	if r.URL == "http://slow/" {
		d.asked.Add(1)
		return func() {
			d.aborted.Add(1)
			done(script.FetchAnswer{Err: engine.Errorf(engine.Cancelled, "cancelled")})
		}
	}
	text := fmt.Sprintf("%s %s %s %s %s %s %d %s", r.Origin.Script, r.Method, r.URL, r.Headers["X"], r.Timeout, r.Cache, r.Retry, r.Body)
	done(script.FetchAnswer{Status: 404, Headers: map[string]string{"x": "\xff"}, Body: []byte(text + "\xff"), URL: r.URL + "/", Cached: true})
	return func() {}
}

func (d *door) Hook(o script.Origin, h script.Hook, serve func(script.HookCall, func(script.HookReply))) (func(), error) {
	if h.Path == "denied" {
		return nil, engine.Errorf(engine.Denied, "no grant")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.hooks == nil {
		d.hooks = map[string]func(script.HookCall, func(script.HookReply)){}
	}
	key := fmt.Sprintf("%s %s %s %d", o.Script, h.Path, h.Secret, h.Max)
	d.hooks[key] = serve
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.hooks, key)
	}, nil
}

// Store keeps values of any kind; it knows get, set and list.
func (d *door) Store(r script.StoreRequest, done func(script.StoreAnswer)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var a script.StoreAnswer
	switch {
	case r.Key == "denied":
		a.Err = engine.Errorf(engine.Denied, "no grant")
	case r.Op == script.StoreSet:
		d.stored[r.Key] = r.Value
	case r.Op == script.StoreList:
		for _, k := range slices.Sorted(maps.Keys(d.stored)) {
			if strings.HasPrefix(k, r.Prefix) && k > r.After {
				a.Entries = append(a.Entries, script.StoreEntry{Key: k, Value: d.stored[k], Revision: 1})
			}
		}
		a.Entries = a.Entries[:min(len(a.Entries), r.Limit)]
	case d.stored[r.Key] != nil:
		a.Entries = []script.StoreEntry{{Key: r.Key, Value: d.stored[r.Key], Revision: 1}}
	}
	go done(a)
}

func (d *door) Schedule(o script.Origin) (script.Schedule, error) {
	if o.Script == "unscheduled" {
		return nil, engine.Errorf(engine.Denied, "no grant")
	}
	return script.ScheduleOf(d.schedule, d.jobs, o.Script), nil
}

func (d *door) Reveal(o script.Origin, p engine.Private) (string, error) {
	if o.Script != "trusted" {
		return "", engine.Errorf(engine.Denied, "%s may not", o.Script)
	}
	return p.Reveal(), nil
}

func (d *door) Question(_ script.Origin, q script.Question, answer func(*engine.Event), kept func()) (func(bool), error) {
	end, err := d.questions.Open(q.Question, answer)
	if err != nil {
		return nil, err
	}
	kept()
	return func(lost bool) {
		end()
		if lost {
			d.mu.Lock()
			d.lostQuestions = append(d.lostQuestions, q.Lost)
			d.mu.Unlock()
		}
	}, nil
}

func (d *door) Moderation(script.Origin) (script.Moderation, error) {
	return nil, engine.Errorf(engine.Unsupported, "nobody moderates here")
}

func (d *door) Cooldown(o script.Origin, holds []script.Hold) (left time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range holds {
		if d.held == nil {
			d.held = map[string]bool{}
		}
		if d.held[o.Script+h.Key] {
			left = time.Minute
		} else if h.For > 0 {
			d.held[o.Script+h.Key] = true
		}
	}
	return left
}

func (d *door) Rand() uint64 { return 4 }

// bench is a manager with a door.
type bench struct {
	*door
	t    testing.TB
	m    *isolate.Manager
	stop func()
	slog bytes.Buffer

	faultMu sync.Mutex
	faults  []*script.Error
}

func newBench(t testing.TB, change ...func(*isolate.Options)) *bench {
	b := &bench{t: t, door: &door{stored: map[string]any{}, schedule: schedule.New(schedule.Options{}), jobs: schedule.NewJobs(engine.SystemClock{}, slog.New(slog.DiscardHandler), &schedule.MemoryJobs{})}}
	b.jobs.Open()
	o := isolate.Options{
		Log: slog.New(slog.NewTextHandler(&b.slog, nil)), Clock: engine.SystemClock{}, Door: b.door,
		Report:   func(e *script.Error) { b.faultMu.Lock(); b.faults = append(b.faults, e); b.faultMu.Unlock() },
		Deadline: patience, // the machine may be busy
	}
	for _, f := range change {
		f(&o)
	}
	b.m = isolate.NewManager(o)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- b.m.Run(ctx) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
		b.door.schedule.Close()
		b.door.jobs.Close()
	})
	t.Cleanup(b.stop)
	return b
}

func source(name, code string) script.Source {
	limits := script.DefaultLimits
	limits.HandlerTime, limits.LoadTime = patience, patience // the machine may be busy; steps are counted
	return script.Source{Name: name, File: name + ".lua", Code: []byte(code), Limits: limits, Reason: "start"}
}

func (b *bench) load(name, code string) error {
	return b.m.Load(context.Background(), source(name, code))
}

func (b *bench) mustLoad(name, code string) {
	b.t.Helper()
	if err := b.load(name, code); err != nil {
		b.t.Fatalf("load %s: %v\n%s", name, err, &b.slog)
	}
}

var messages struct {
	sync.Mutex
	n int
}

func message(text string) *engine.Event {
	messages.Lock()
	defer messages.Unlock()
	messages.n++
	return &engine.Event{
		ID: engine.EventID(fmt.Sprintf("e%d", messages.n)), Session: "s", Platform: "local", Room: lobby,
		User: engine.User{ID: "a", Name: "ann", Role: engine.Moderator},
		Body: engine.Message{ID: "1", Text: text}, Extra: map[string]any{"colour": "red"},
	}
}

func (b *bench) deliver(ev *engine.Event) {
	b.m.Deliver(dispatch.Prepare(ev, me, &dispatch.Prefixes{Default: "!"}))
}

func (b *bench) say(text string) { b.deliver(message(text)) }

func (b *bench) idle() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := b.m.WaitIdle(ctx); err != nil {
		b.t.Fatalf("not idle: %+v\n%v", b.m.Status(), b.fault())
	}
}

// ask says a line and returns what the script said about it.
func (b *bench) ask(line string) string {
	b.t.Helper()
	b.idle()
	b.take()
	b.say(line)
	b.idle()
	return b.take()
}

// take returns what was said since the last call.
func (b *bench) take() string {
	b.door.mu.Lock()
	defer b.door.mu.Unlock()
	text := strings.Join(b.said, "\n")
	b.said = nil
	return text
}

func (b *bench) fault() string {
	b.faultMu.Lock()
	defer b.faultMu.Unlock()
	var out []string
	for _, e := range b.faults {
		out = append(out, e.Error())
	}
	return strings.Join(out, "\n")
}

// reported are the faults so far.
func (b *bench) reported() []*script.Error {
	b.faultMu.Lock()
	defer b.faultMu.Unlock()
	return b.faults
}

func (b *bench) status() script.Status {
	b.t.Helper()
	list := b.m.Status()
	if len(list) != 1 {
		b.t.Fatalf("status %+v", list)
	}
	return list[0]
}

// until waits for a condition.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(patience); !ok(); {
		if (<-look.C).After(end) {
			b.t.Fatalf("not in %s: %s\nstatus %+v\nfaults %s\n%s", patience, what, b.m.Status(), b.fault(), &b.slog)
		}
	}
}

func (*door) Contest(_ script.ContestRequest, done func(script.ContestAnswer)) func() {
	done(script.ContestAnswer{Err: engine.Errorf(engine.NotConnected, "there are no polls and raffles here")})
	return func() {}
}
