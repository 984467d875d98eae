package script

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	lua "github.com/yuin/gopher-lua"
	"go.uber.org/goleak"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/metric"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// nowhere is a door that leads to nothing.
type nowhere struct{}

func (nowhere) Fetch(_ FetchRequest, done func(FetchAnswer)) func() {
	done(FetchAnswer{})
	return func() {}
}
func (nowhere) Hook(Origin, Hook, func(HookCall, func(HookReply))) (func(), error) {
	return func() {}, nil
}
func (nowhere) Store(_ StoreRequest, done func(StoreAnswer)) { done(StoreAnswer{}) }
func (nowhere) LoadState(Origin) ([]byte, error)             { return nil, nil }
func (nowhere) SaveState(Origin, []byte, []engine.EventID)   {}
func (nowhere) Do(r Request, done func(engine.Receipt))      { done(engine.Receipt{Status: engine.Sent}) }
func (nowhere) Emit(Origin, string, any) error               { return nil }
func (nowhere) GiveRole(_ Origin, _ engine.SessionID, _ engine.User, _ engine.Role, done func(error)) {
	done(nil)
}
func (nowhere) Filters(Origin) error              { return nil }
func (nowhere) Metric(Origin, metric.Point) error { return nil }
func (nowhere) Caps(engine.SessionID, engine.RoomID) (engine.Capabilities, error) {
	return engine.Capabilities{}, nil
}
func (nowhere) Commands(engine.SessionID) []engine.Command  { return nil }
func (nowhere) Offers(engine.RoomPath, string) []Offer      { return nil }
func (nowhere) Rooms() []RoomState                          { return nil }
func (nowhere) Sessions() []SessionState                    { return nil }
func (nowhere) Users(engine.RoomPath) []engine.User         { return nil }
func (nowhere) Recent(engine.RoomPath, int) []*engine.Event { return nil }
func (nowhere) Log(Origin, string, string, map[string]any)  {}
func (nowhere) Schedule(Origin) (Schedule, error)           { return nil, nil }
func (nowhere) Reveal(Origin, engine.Private) (string, error) {
	return "", engine.Errorf(engine.Denied, "nothing is told")
}

func (nowhere) Question(_ Origin, _ Question, _ func(*engine.Event), kept func()) (func(bool), error) {
	kept()
	return func(bool) {}, nil
}
func (nowhere) Moderation(Origin) (Moderation, error) {
	return nil, engine.Errorf(engine.Unsupported, "nobody moderates here")
}
func (nowhere) Cooldown(Origin, []Hold) time.Duration { return 0 }
func (nowhere) Rand() uint64                          { return 4 }

// bench is a manager with a script whose globals are: on(kind, fn), sleep(seconds),
// spawn(fn), out(...), the output being collected in order.
type bench struct {
	t    testing.TB
	m    *Manager
	stop func()

	failing atomic.Bool // what fail() says

	mu     sync.Mutex
	output []string
	errors []*Error
}

// testLimits are the defaults without haste: how long a busy machine takes, and under the
// race detector, is not what most tests are about.
var testLimits = func() Limits {
	l := DefaultLimits
	l.HandlerTime, l.LoadTime = time.Minute, time.Minute
	return l
}()

func newBench(t testing.TB) *bench { return newBenchAt(t, engine.SystemClock{}, io.Discard) }

func newBenchAt(t testing.TB, clock engine.Clock, log io.Writer) *bench {
	b := &bench{t: t}
	b.m = NewManager(Options{
		Log: slog.New(slog.NewTextHandler(log, nil)), Clock: clock, Door: nowhere{}, Library: &Library{},
		Report: func(e *Error) { b.mu.Lock(); b.errors = append(b.errors, e); b.mu.Unlock() },
	})
	b.m.onOpen = b.globals
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { _ = b.m.Run(ctx); close(ended) }()
	b.stop = func() { cancel(); <-ended }
	return b
}

func (b *bench) globals(vm *VM) {
	call := func(L *lua.LState) *Call { return &Call{vm, taskOf(L), L} }
	vm.L.SetGlobal("on", vm.L.NewFunction(func(L *lua.LState) int {
		_, err := call(L).Subscribe(dispatch.Sub{Kind: engine.Kind(L.CheckString(1))}, Func{L.CheckFunction(2)}, false)
		if err != nil {
			L.RaiseError("%s", err.Error())
		}
		return 0
	}))
	vm.L.SetGlobal("sleep", vm.L.NewFunction(func(L *lua.LState) int {
		call(L).Sleep(time.Duration(float64(L.CheckNumber(1)) * float64(time.Second)))
		return 0
	}))
	vm.L.SetGlobal("spawn", vm.L.NewFunction(func(L *lua.LState) int {
		if _, err := call(L).Spawn(false, Func{L.CheckFunction(1)}); err != nil {
			L.RaiseError("%s", err.Error())
		}
		return 0
	}))
	vm.L.SetGlobal("quietly", vm.L.NewFunction(func(L *lua.LState) int {
		j, err := call(L).Spawn(true, Func{L.CheckFunction(1)})
		if err != nil {
			L.RaiseError("%s", err.Error())
		}
		_, err = j.Wait(call(L))
		L.Push(lua.LBool(err == nil))
		return 1
	}))
	vm.L.SetGlobal("fail", vm.L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LBool(b.failing.Load()))
		return 1
	}))
	vm.L.SetGlobal("every", vm.L.NewFunction(func(L *lua.LState) int {
		_, err := call(L).After(time.Duration(float64(L.CheckNumber(1))*float64(time.Second)), true, Func{L.CheckFunction(2)})
		if err != nil {
			L.RaiseError("%s", err.Error())
		}
		return 0
	}))
	vm.L.SetGlobal("boom", vm.L.NewFunction(func(L *lua.LState) int { panic("host fault") }))
	vm.L.SetGlobal("out", vm.L.NewFunction(func(L *lua.LState) int {
		parts := make([]string, L.GetTop())
		for i := range parts {
			parts[i] = L.ToStringMeta(L.Get(i + 1)).String()
		}
		b.mu.Lock()
		b.output = append(b.output, strings.Join(parts, " "))
		b.mu.Unlock()
		return 0
	}))
	vm.L.SetGlobal("text", vm.L.NewFunction(func(L *lua.LState) int {
		d := L.CheckUserData(1).Value.(*Delivery)
		L.Push(lua.LString(d.Event.Body.(engine.Message).Text))
		return 1
	}))
}

func (b *bench) load(name, code string) error {
	return b.loadLimits(name, code, testLimits)
}

func (b *bench) loadLimits(name, code string, l Limits) error {
	return b.m.Load(context.Background(), Source{Name: name, File: name + ".lua", Code: []byte(code), Limits: l, Reason: "start"})
}

func (b *bench) mustLoad(name, code string) {
	b.t.Helper()
	if err := b.load(name, code); err != nil {
		b.t.Fatalf("load %s: %v", name, err)
	}
}

func (b *bench) say(text string) {
	b.m.Deliver(prepared(text))
}

func prepared(text string) dispatch.Prepared {
	return dispatch.Prepare(message(text), engine.User{Name: "botd"}, &dispatch.Prefixes{Default: "!"})
}

func message(text string) *engine.Event {
	return &engine.Event{Session: "s", Room: engine.Room{ID: "r"}, User: engine.User{Name: "ann"}, Body: engine.Message{Text: text}}
}

func (b *bench) idle() {
	b.t.Helper()
	if err := b.m.WaitIdle(context.Background()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) got() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.output, "\n")
}

func (b *bench) faults() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, e := range b.errors {
		out = append(out, e.Error())
	}
	return strings.Join(out, "\n")
}

// inVirtualTime runs f in a bubble with a manager.
func inVirtualTime(t *testing.T, f func(b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.stop()
		f(b)
	})
}

func lines(format string, from, to int) string {
	var out []string
	for i := from; i <= to; i++ {
		out = append(out, fmt.Sprintf(format, i))
	}
	return strings.Join(out, "\n")
}

func (nowhere) Contest(_ ContestRequest, done func(ContestAnswer)) func() {
	done(ContestAnswer{Err: engine.Errorf(engine.NotConnected, "there are no polls and raffles here")})
	return func() {}
}
