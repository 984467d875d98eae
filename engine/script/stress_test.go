package script

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/dispatch"
)

// The stress test lets several scripts do at random what scripts do, wait anywhere, fail
// in all ways, and run away, while they are loaded, unloaded, ended for their memory and
// flooded. Whatever happens an event is handled at most once, in order, by one
// generation, one goroutine at a time is in a VM, and in the end nothing is left.

// stressCode is a script. Its numbers tell versions apart and choose the faults of a load.
const stressCode = `
local version, fault = %d, %d
every(pick(5) / 10 * unit, function() busy() sleep(unit / 20) busy() end)
spawn(function() while true do pcall(sleep, unit) busy() end end)
local function wait() busy() sleep(unit * pick(20) / 100) busy() end
local acts = {
	function() end, function() end, function() end, function() end,
	wait, wait,
	function() pcall(wait) wait() end,
	function() local ok = pcall(function() wait() error("expected") end) assert(not ok) wait() end,
	function() coroutine.wrap(function() wait() coroutine.yield() end)() end,
	function() local t = {3, 1, 2} table.sort(t, function(a, b) wait() return a < b end) end,
	function() return (("abc"):gsub(".", function() wait() end)) end,
	function() local t = setmetatable({}, {__index = function() wait() return 1 end}) return t.x + t.y end,
	function() spawn(function() wait() spawn(wait) end) end,
	function() for i = 1, 20 do spawn(wait) end end,
	function() quietly(wait) wait() end,
	function() quietly(function() wait() error("quiet") end) end,
	function() local j = job(function() wait() wait() wait() end) wait() cancel(j) cancel(j) end,
	function() local j j = job(function() cancel(j) busy() wait() end) end,
	function() local j = job(wait) cancel(j) end,
	function() after(unit * pick(10) / 50, wait) end,
	function() local t = after(unit * pick(10) / 50, wait) wait() stop(t) stop(t) end,
	function() next(unit) end,
	function() error("expected") end,
	function() error({code = "x", message = "expected"}) end,
	function() boom() end,
	function() pcall(boom) end,
	function() local function deep() return 1 + deep() end deep() end,
	function() pcall(coroutine.wrap(function() local function deep() return 1 + deep() end deep() end)) end,
	function() if pick(8) == 1 then while true do pcall(function() while true do end end) end end end,
	function() if pick(8) == 1 then quietly(function() while true do end end) end end,
	function() once(wait) end,
	function() local s = on("join", wait) wait() off(s) end,
	function() extra() end,
}
on("message", function(ev) began(text(ev), version) acts[pick(#acts)]() busy() end)
if fault == 1 then error("this version does not load") end
if fault == 2 then while true do end end
if fault == 3 then boom() end
`

type stress struct {
	*bench
	unit float64 // seconds that a long wait lasts
	all  bool    // also what makes events go uncounted: unloads and ends for memory

	log    syncBuffer
	serial atomic.Int64 // of versions
	sent   atomic.Int64 // events

	mu    sync.Mutex
	rand  *rand.Rand
	vms   []*VM
	began map[*Slot][]begin
}

type begin struct {
	event int
	gen   uint64
}

type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func newStress(t testing.TB, seed uint64, unit time.Duration, all bool) *stress {
	s := &stress{unit: unit.Seconds(), all: all, rand: rand.New(rand.NewPCG(seed, 0)), began: map[*Slot][]begin{}}
	s.bench = newBenchAt(t, engine.SystemClock{}, &s.log)
	s.m.onOpen = s.open
	return s
}

func (s *stress) pick(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rand.IntN(n)
}

func (s *stress) open(vm *VM) {
	s.globals(vm)
	s.mu.Lock()
	s.vms = append(s.vms, vm)
	s.mu.Unlock()
	var inside atomic.Bool
	def := func(name string, f func(c *Call, L *lua.LState) int) {
		vm.L.SetGlobal(name, vm.L.NewFunction(func(L *lua.LState) int { return f(&Call{vm, taskOf(L), L}, L) }))
	}
	wrap := func(L *lua.LState, v any) int {
		L.Push(&lua.LUserData{Value: v, Metatable: lua.LNil})
		return 1
	}
	vm.L.SetGlobal("unit", lua.LNumber(s.unit))
	def("pick", func(_ *Call, L *lua.LState) int { L.Push(lua.LNumber(1 + s.pick(L.CheckInt(1)))); return 1 })
	def("busy", func(*Call, *lua.LState) int {
		if !inside.CompareAndSwap(false, true) {
			s.t.Error("two goroutines are in one VM")
		}
		if vm.L.G.CurrentThread == nil || vm.closed {
			s.t.Error("a handler runs in a closed VM")
		}
		inside.Store(false)
		return 0
	})
	def("began", func(_ *Call, L *lua.LState) int {
		n, _ := strconv.Atoi(L.CheckString(1))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.began[vm.slot] = append(s.began[vm.slot], begin{n, vm.gen})
		return 0
	})
	def("job", func(c *Call, L *lua.LState) int {
		j, err := c.Spawn(s.pick(2) == 0, Func{L.CheckFunction(1)})
		if err != nil {
			L.RaiseError("%s", err.Error())
		}
		return wrap(L, j)
	})
	def("cancel", func(_ *Call, L *lua.LState) int {
		if ud, ok := L.Get(1).(*lua.LUserData); ok {
			ud.Value.(*Job).Cancel()
		}
		return 0
	})
	def("after", func(c *Call, L *lua.LState) int {
		t, err := c.After(time.Duration(float64(L.CheckNumber(1))*float64(time.Second)), false, Func{L.CheckFunction(2)})
		if err != nil {
			L.RaiseError("%s", err.Error())
		}
		return wrap(L, t)
	})
	def("stop", func(_ *Call, L *lua.LState) int { L.CheckUserData(1).Value.(*Timer).Stop(); return 0 })
	def("next", func(c *Call, L *lua.LState) int {
		_, err := c.NextEvent([]dispatch.Sub{{Kind: "join"}}, func(*Call, *Delivery) bool { return s.pick(2) == 0 },
			time.Duration(s.unit*float64(time.Second)))
		L.Push(lua.LBool(err == nil))
		return 1
	})
	def("once", func(c *Call, L *lua.LState) int {
		seen := 0
		fn := c.GoFunc(func(c *Call, _ []Value) {
			if seen++; seen > 1 {
				s.t.Error("once was called twice")
			}
			c.Sleep(time.Duration(s.unit / 10 * float64(time.Second)))
		})
		if _, err := c.Subscribe(dispatch.Sub{Kind: "join"}, fn, true); err != nil {
			L.RaiseError("%s", err.Error())
		}
		return 0
	})
	def("on", func(c *Call, L *lua.LState) int {
		sub, err := c.Subscribe(dispatch.Sub{Kind: engine.Kind(L.CheckString(1))}, Func{L.CheckFunction(2)}, false)
		if err != nil {
			L.RaiseError("%s", err.Error())
		}
		return wrap(L, sub)
	})
	def("off", func(_ *Call, L *lua.LState) int { L.CheckUserData(1).Value.(*Sub).Off(); return 0 })
	def("extra", func(*Call, *lua.LState) int {
		if s.all && s.pick(20) == 0 {
			vm.post(func() { vm.slot.endForMemory(vm) })
		}
		return 0
	})
}

var stressLimits = Limits{
	Steps: 20_000, HandlerTime: time.Second, LoadTime: 2 * time.Second, Alloc: 64 << 20, Memory: 64 << 20, Mailbox: 40, Waiting: 60,
}

func (s *stress) load(ctx context.Context, name string, fault int) {
	version := s.serial.Add(1)
	err := s.m.Load(ctx, Source{
		Name: name, File: name + ".lua", Code: fmt.Appendf(nil, stressCode, version, fault), Limits: stressLimits, Reason: "saved",
	})
	if ctx.Err() == nil && (err == nil) != (fault == 0) && engine.CodeOf(err) != engine.Cancelled {
		s.t.Errorf("load of %s with fault %d: %v", name, fault, err)
	}
}

// send delivers an event for the script's main handler, and sometimes one for others,
// which is not counted.
func (s *stress) send() {
	ev := message(strconv.FormatInt(s.sent.Add(1), 10))
	s.m.Deliver(dispatch.Prepare(ev, engine.User{Name: "botd"}, &dispatch.Prefixes{}))
	if s.all && s.pick(4) == 0 {
		joined := &engine.Event{Session: "s", Room: engine.Room{ID: "r"}, User: engine.User{Name: "bob"}, Body: engine.Joined{}}
		s.m.Deliver(dispatch.Prepare(joined, engine.User{Name: "botd"}, &dispatch.Prefixes{}))
	}
}

var stressNames = []string{"a", "b", "c"}

// run does rounds of everything at once and stops in the middle of it.
func (s *stress) run(rounds int) {
	ctx := context.Background()
	for _, name := range stressNames {
		s.load(ctx, name, 0)
	}
	pause := func(share float64) {
		time.Sleep(time.Duration(s.unit * share * float64(s.pick(100)) / 100 * float64(time.Second)))
	}
	var work sync.WaitGroup
	work.Go(func() {
		for range rounds * 10 {
			s.send()
			if s.pick(5) == 0 {
				pause(0.1)
			}
		}
	})
	for range 2 {
		work.Go(func() {
			for range rounds {
				name := stressNames[s.pick(len(stressNames))]
				switch n := s.pick(20); {
				case n < 3:
					s.load(ctx, name, 1+s.pick(3))
				case n < 6:
					short, cancel := context.WithTimeout(ctx, time.Duration(s.unit/1000*float64(time.Second)))
					s.load(short, name, 0)
					cancel()
				case n < 8 && s.all:
					_ = s.m.Unload(ctx, name)
				default:
					s.load(ctx, name, 0)
				}
				pause(0.5)
			}
		})
	}
	work.Go(func() {
		for range rounds {
			short, cancel := context.WithTimeout(ctx, time.Duration(s.unit/10*float64(time.Second)))
			if s.m.WaitIdle(short) == nil && s.pick(2) == 0 {
				_ = s.m.WaitQuiet(short)
			}
			cancel()
			_ = s.m.Status()
			pause(0.1)
		}
	})
	work.Wait()
}

// check looks at what is left. The manager has stopped.
func (s *stress) check() {
	t := s.t
	for slot, began := range s.began {
		for i, b := range began[:max(0, len(began)-1)] {
			if next := began[i+1]; next.event <= b.event || next.gen < b.gen {
				t.Errorf("%s: event %d began in generation %d after event %d in %d", slot.name, next.event, next.gen, b.event, b.gen)
			}
		}
	}
	for _, vm := range s.vms {
		left := fmt.Sprintf("tasks %d, parked %d, ready %d, jobs %d, pending %d, owned %d, active %d",
			len(vm.tasks), len(vm.parked), vm.ready.len(), vm.jobs.len(), vm.pending.len(), len(vm.owned), len(vm.active))
		if left != "tasks 0, parked 0, ready 0, jobs 0, pending 0, owned 0, active 0" || !vm.closed || !vm.held || vm.running.Load() != nil {
			t.Errorf("%s, generation %d: %s, closed %v, baton taken for good %v", vm.slot.name, vm.gen, left, vm.closed, vm.held)
		}
		select {
		case <-vm.gone:
		default:
			t.Errorf("%s, generation %d, is not gone", vm.slot.name, vm.gen)
		}
	}
	if n := len(s.m.runners.idle); n != 0 {
		t.Errorf("%d runners are left", n)
	}
	if n := len(s.m.watchdog.vms); n != 0 {
		t.Errorf("%d VMs are watched", n)
	}
	if n := s.m.waiters.Load(); n != 0 {
		t.Errorf("%d wait for idleness", n)
	}
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, "panic while") || strings.Contains(line, "panic passed") || strings.Contains(line, "host function panicked") && !strings.Contains(line, "host fault") {
			t.Error(line)
		}
	}
	handled, failed := 0, 0
	for slot := range s.began {
		handled += int(slot.handled.Load())
		failed += int(slot.failed.Load())
	}
	t.Logf("%d events, %d generations, %d calls, %d of them failed", s.sent.Load(), len(s.vms), handled, failed)
}

// counted checks that every event began or was counted. It is true only as long as each
// script serves all the time.
func (s *stress) counted() {
	for _, name := range stressNames {
		slot := s.m.slot(name)
		if got := len(s.began[slot]) + int(slot.dropped.Load()); got != int(s.sent.Load()) {
			s.t.Errorf("%s: %d of %d events began, %d were dropped", name, len(s.began[slot]), s.sent.Load(), slot.dropped.Load())
		}
	}
}

func TestStressInVirtualTime(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStress(t, seed, 10*time.Second, seed%2 == 1)
				s.run(60)
				s.stop()
				s.check()
				if !s.all {
					s.counted()
				}
			})
		})
	}
}

func TestStressInRealTime(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			s := newStress(t, seed, 20*time.Millisecond, seed%2 == 1)
			s.run(60)
			s.stop()
			s.check()
			if !s.all {
				s.counted()
			}
		})
	}
}
