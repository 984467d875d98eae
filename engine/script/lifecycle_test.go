package script

import (
	"context"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/enginetest"
)

// hold takes the baton of a script that is idle, as a handler that runs for long would.
// The function returned gives it back.
func (b *bench) hold(name string) (free func()) {
	b.t.Helper()
	s := b.m.slot(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	vm := s.cur
	if vm == nil || !vm.take() {
		b.t.Fatalf("%s is not idle", name)
	}
	return func() { b.m.runners.run(vm) }
}

func (b *bench) source(name, code string) Source {
	return Source{Name: name, File: name + ".lua", Code: []byte(code), Limits: testLimits, Reason: "start"}
}

// A generation that was to take over from a busy one, and is overtaken itself, must not
// be left behind: the manager would wait for it for ever.
func TestGenerationOvertakenBeforeItServed(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("busy", `on("message", function() out(1) end)`)
		free := b.hold("busy")
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := b.m.Load(ctx, b.source("busy", `every(1, function() out("tick") end) on("message", function() out(2) end)`)); err == nil {
			t.Fatal("it took over from a busy one")
		}
		loaded := make(chan error)
		go func() { loaded <- b.load("busy", `on("message", function() out(3) end)`) }()
		synctest.Wait()
		free()
		if err := <-loaded; err != nil {
			t.Fatal(err)
		}
		b.say("x")
		b.idle()
		time.Sleep(time.Minute)
		if got := b.got(); got != "3" {
			t.Errorf("got %q", got)
		}
	}) // stop returns
}

func TestStopWhileALoadWaitsForABusyScript(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("busy", `on("message", function() out(1) end)`)
		free := b.hold("busy")
		loaded := make(chan error)
		go func() { loaded <- b.load("busy", `on("message", function() out(2) end)`) }()
		synctest.Wait()
		stopped := make(chan struct{})
		go func() { b.stop(); close(stopped) }()
		synctest.Wait()
		free()
		<-loaded
		<-stopped
		if err := b.load("busy", ""); engine.CodeOf(err) != engine.Cancelled {
			t.Errorf("a load after the end: %v", err)
		}
		if err := b.load("new", ""); engine.CodeOf(err) != engine.Cancelled {
			t.Errorf("a first load after the end: %v", err)
		}
	})
}

// Handlers that wake up all the time must not keep a new version waiting until they are
// tired of it.
func TestReloadBesideRestlessHandlers(t *testing.T) {
	b := newBench(t)
	defer b.stop()
	b.mustLoad("restless", `on("message", function() out("begun") for i = 1, 5000 do sleep(0) end out("tired") end)`)
	for range 50 {
		b.say("x")
	}
	for strings.Count(b.got(), "begun") < 50 {
		runtime.Gosched()
	}
	b.mustLoad("restless", `on("join", function() end)`)
	b.idle()
	if n := strings.Count(b.got(), "tired"); n > 0 {
		t.Errorf("%d handlers had ended before the new version served", n)
	}
}

// What has been replaced may still run to its next wait. Until then the script is not
// idle, and not gone.
func TestOldGenerationThatStillRuns(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		gate := make(chan struct{})
		b.m.onOpen = func(vm *VM) {
			b.globals(vm)
			vm.L.SetGlobal("block", vm.L.NewFunction(func(L *lua.LState) int { <-gate; return 0 }))
		}
		b.mustLoad("old", `on("message", function() sleep(1) block() out("finished") end)`)
		b.say("x")
		synctest.Wait()
		free := b.hold("old")
		loaded := make(chan error)
		go func() { loaded <- b.load("old", `on("message", function() out("new") end)`) }()
		time.Sleep(2 * time.Second) // the wait is over, and the new version is to take over
		free()
		if err := <-loaded; err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if b.m.Idle() || b.m.Quiet() {
			t.Error("idle while a handler runs")
		}
		var unloaded atomic.Bool
		go func() {
			if err := b.m.Unload(context.Background(), "old"); err != nil {
				t.Error(err)
			}
			unloaded.Store(true)
		}()
		synctest.Wait()
		if unloaded.Load() {
			t.Error("unloaded while a handler runs")
		}
		close(gate)
		synctest.Wait()
		if b.got() != "finished" || !unloaded.Load() {
			t.Errorf("got %q, unloaded %v", b.got(), unloaded.Load())
		}
	})
}

func TestNoLimits(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		if err := b.loadLimits("free", `on("message", function(ev) for i = 1, 100 do sleep(0.01) end out(text(ev)) end)`, Limits{}); err != nil {
			t.Fatal(err)
		}
		b.say("done")
		b.idle()
		if b.got() != "done" {
			t.Errorf("got %q, faults %s, status %+v", b.got(), b.faults(), b.m.Status())
		}
	})
}

// A handler that has been ended does not begin to wait any more.
func TestEndedHandlerDoesNotWait(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.m.onOpen = func(vm *VM) {
			b.globals(vm)
			vm.L.SetGlobal("late", vm.L.NewFunction(func(L *lua.LState) int {
				t := taskOf(L)
				t.kill(t.num, outOfTime) // as the watchdog does while Go code runs
				(&Call{vm, t, L}).Sleep(time.Hour)
				return 0
			}))
		}
		b.mustLoad("late", `on("message", function(ev) late() end)`)
		b.say("x")
		synctest.Wait()
		if st := b.m.Status()[0]; st.Waiting != 0 || !strings.Contains(b.faults(), "ran longer") {
			t.Errorf("status %+v, faults %s", st, b.faults())
		}
	})
}

// What bounds a wait must end with it, or it keeps the whole VM for as long.
func TestAlarmOfAWaitThatIsOver(t *testing.T) {
	clock := enginetest.NewClock(time.Now())
	b := newBenchAt(t, clock, io.Discard)
	defer b.stop()
	b.m.onOpen = func(vm *VM) {
		b.globals(vm)
		vm.L.SetGlobal("next", vm.L.NewFunction(func(L *lua.LState) int {
			c := &Call{vm, taskOf(L), L}
			d, err := c.NextEvent([]dispatch.Sub{{Kind: "message"}}, func(*Call, *Delivery) bool { return true }, time.Hour)
			L.Push(lua.LBool(err == nil && d != nil))
			return 1
		}))
	}
	b.mustLoad("next", `on("join", function() out(next()) end)`)
	b.m.Deliver(dispatch.Prepare(&engine.Event{Session: "s", Room: engine.Room{ID: "r"}, Body: engine.Joined{}}, engine.User{}, &dispatch.Prefixes{}))
	for b.m.Status()[0].Waiting == 0 {
		runtime.Gosched()
	}
	b.say("x")
	b.idle()
	if n := clock.Timers(); b.got() != "true" || n != 0 {
		t.Errorf("got %q, %d timers are left", b.got(), n)
	}
}
