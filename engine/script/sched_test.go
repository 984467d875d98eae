package script

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestEventsStartInOrderOfArrival(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("order", `
			on("message", function(ev)
				local n = text(ev)
				out(n)
				if n % 3 == 0 then sleep(0.5) end
			end)`)
		var want []string
		for i := range 300 {
			b.say(strconv.Itoa(i))
			want = append(want, strconv.Itoa(i))
		}
		b.idle()
		if got := b.got(); got != strings.Join(want, "\n") {
			t.Errorf("order broken:\n%s", got)
		}
	})
}

func TestWaitingHandlerIsNotStarvedByEvents(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("fair", `
			on("message", function(ev)
				if text(ev) == "0" then sleep(0) out("woken") else out(text(ev)) end
			end)`)
		b.say("0")
		synctest.Wait()
		for i := 1; i <= 50; i++ {
			b.say(strconv.Itoa(i))
		}
		b.idle()
		got := strings.Split(b.got(), "\n")
		if len(got) != 51 || !strings.Contains(b.got(), "woken") {
			t.Errorf("got %d lines: %v", len(got), got)
		}
	})
}

func TestHandlersOfOneEventDoNotWaitForEachOther(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("two", `
			on("message", function() sleep(5) out("slow") end)
			on("message", function() out("quick") end)`)
		b.say("x")
		b.idle()
		if got := b.got(); got != "quick\nslow" {
			t.Errorf("got %q", got)
		}
	})
}

func TestReloadUnderLoadLosesAndDoublesNothing(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		code := func(gen int) string {
			return fmt.Sprintf("local gen = %d; on('message', function(ev) local n = text(ev); out(n) end)", gen)
		}
		b.mustLoad("load", code(0))
		b.say("warm")
		b.idle()
		synctest.Wait()
		b.output = nil
		before := runtime.NumGoroutine()
		var loads sync.WaitGroup
		loads.Go(func() {
			for i := range 300 {
				time.Sleep(200 * time.Millisecond)
				b.mustLoad("load", code(i+1))
			}
		})
		const total = 200 * 60
		for i := range total {
			b.say(strconv.Itoa(i))
			time.Sleep(5 * time.Millisecond)
		}
		loads.Wait()
		b.idle()
		checkSequence(t, b, total)
		if gen := b.m.Status()[0].Generation; gen != 301 {
			t.Errorf("generation %d serves, want 301", gen)
		}
		synctest.Wait()
		if n := runtime.NumGoroutine(); n > before+1 { // a reload may have needed one more runner
			t.Errorf("%d goroutines, %d at the start", n, before)
		}
	})
}

func checkSequence(t *testing.T, b *bench, total int) {
	t.Helper()
	got := strings.Split(b.got(), "\n")
	if len(got) != total {
		t.Errorf("%d events handled, %d sent; faults %s", len(got), total, b.faults())
	}
	for i, g := range got {
		if g != strconv.Itoa(i) {
			t.Fatalf("event %d came as number %d", i, i)
		}
	}
}

// The same with real threads, where the reload hits a handler in the middle.
func TestReloadWhileHandlersRun(t *testing.T) {
	b := newBench(t)
	defer b.stop()
	code := "local x = 0; on('message', function(ev) for i = 1, 300 do x = x + i end out(text(ev)) end) -- "
	b.mustLoad("busy", code)
	stop := make(chan struct{})
	var loads sync.WaitGroup
	loads.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				b.mustLoad("busy", code+strconv.Itoa(i))
			}
		}
	})
	const total = 4000 // fits the mailbox, whatever the scheduler does
	for i := range total {
		b.say(strconv.Itoa(i))
	}
	b.idle()
	close(stop)
	loads.Wait()
	checkSequence(t, b, total)
}

func TestHeapReturnsAfterReloads(t *testing.T) {
	b := newBench(t)
	defer b.stop()
	load := func(n int) {
		for i := range n {
			b.mustLoad("heap", "local keep = {} for i = 1, 2000 do keep[i] = {i} end on('message', function() return keep end) every(3600, function() end) -- "+strconv.Itoa(i))
		}
	}
	heap := func() uint64 {
		b.idle()
		for range 3 {
			runtime.GC()
		}
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	load(20)
	start := heap()
	load(300)
	if end := heap(); end > start+start/2+1<<20 {
		t.Errorf("heap %d KiB after 300 more reloads, %d KiB before", end>>10, start>>10)
	}
}

func TestReloadCancelsWhatWaits(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("old", `
			on("message", function() while true do pcall(sleep, 3600) end end)
			every(1, function() out("tick of the old") end)
			spawn(function() sleep(1) out("task of the old") end)`)
		for range 100 {
			b.say("x")
		}
		synctest.Wait()
		if n := b.m.Status()[0].Waiting; n != 101 {
			t.Fatalf("%d handlers wait, want 101", n)
		}
		b.mustLoad("old", `on("message", function() out("new") end)`)
		time.Sleep(time.Minute)
		b.say("x")
		b.idle()
		if got := b.got(); got != "new" {
			t.Errorf("got %q", got)
		}
		if n := b.m.Status()[0].Waiting; n != 0 {
			t.Errorf("%d handlers wait after the reload", n)
		}
	})
}

func TestStopWithThousandsParked(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("parked", `
			local waits = {
				function() while true do pcall(sleep, 3600) end end,
				function() table.sort({1, 2, 3}, function(a, b) sleep(3600) return a < b end) end,
				function() return (("abc"):gsub(".", function() sleep(3600) end)) end,
				function() coroutine.wrap(function() sleep(3600) end)() end,
			}
			on("message", function(ev) waits[text(ev) % 4 + 1]() end)`)
		for i := range 1000 {
			b.say(strconv.Itoa(i))
		}
		synctest.Wait()
		if n := b.m.Status()[0].Waiting; n != 1000 {
			t.Fatalf("%d handlers wait, want 1000; %s", n, b.faults())
		}
	}) // stop, and the bubble checks that no goroutine is left
}

func TestTooManyWaiting(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		l := testLimits
		l.Waiting = 3
		if err := b.loadLimits("full", `on("message", function() sleep(1) out("done") end)`, l); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			b.say("x")
		}
		b.idle()
		if got := b.got(); got != "done\ndone\ndone" {
			t.Errorf("got %q", got)
		}
		if got := b.faults(); strings.Count(got, "limits.waiting") != 2 {
			t.Errorf("faults %q", got)
		}
	})
}

func TestFullMailboxDropsAndCounts(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		l := testLimits
		l.Mailbox = 10
		if err := b.loadLimits("slow", `local first = true
			on("message", function(ev) out(text(ev)) end)`, l); err != nil {
			t.Fatal(err)
		}
		s := b.m.slot("slow")
		s.mu.Lock() // no runner gets through while the burst arrives
		s.cur.held = true
		s.mu.Unlock()
		for i := range 25 {
			b.say(strconv.Itoa(i))
		}
		s.mu.Lock()
		vm := s.cur
		s.mu.Unlock()
		b.m.runners.run(vm)
		b.idle()
		if st := b.m.Status()[0]; st.Dropped != 15 || st.Handled != 10 {
			t.Errorf("dropped %d handled %d, want 15 and 10", st.Dropped, st.Handled)
		}
	})
}

func TestFailedLoadKeepsTheOldVersion(t *testing.T) {
	for name, code := range map[string]string{
		"syntax": "on('message', function(", "runtime": "error('no')", "nil call": "nothing()", "endless": "while true do end",
		"waits": "sleep(1)", "deep": "local function f() return 1 + f() end f()", "require": "require 'nothing'", "empty handler": "on('message')",
		"host panic": "boom()", "binary": "\x1bLua", "bomb": "local s = 'x' while true do s = s .. s end",
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			defer b.stop()
			b.mustLoad("keep", `on("message", function() out("old") end)`)
			err := b.load("keep", code)
			if err == nil {
				t.Fatal("loaded")
			}
			b.say("x")
			b.idle()
			if b.got() != "old" {
				t.Errorf("got %q after %v", b.got(), err)
			}
			if st := b.m.Status()[0]; st.State != "broken" || st.Problem == "" || st.Generation != 1 {
				t.Errorf("status %+v", st)
			}
		})
	}
}

func TestHandlerTimeLimit(t *testing.T) {
	b := newBench(t)
	defer b.stop()
	l := testLimits
	l.Steps = 1 << 40
	l.HandlerTime = 20 * time.Millisecond
	if err := b.loadLimits("loop", `on("message", function() while true do pcall(function() end) end end)`, l); err != nil {
		t.Fatal(err)
	}
	b.say("x")
	b.idle()
	if !strings.Contains(b.faults(), "ran longer than 20ms") {
		t.Errorf("faults %q", b.faults())
	}
}

func TestWaitingIsNotRunning(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("polite", `
			on("message", function()
				for i = 1, 40 do for j = 1, 100000 do end sleep(0.5) end
				out("done")
			end)`)
		b.say("x")
		b.idle()
		if b.got() != "done" {
			t.Errorf("faults %q", b.faults())
		}
	})
}

func TestShortWaitsDoNotRefill(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("greedy", `on("message", function() while true do for j = 1, 100000 do end sleep(0) end end)`)
		b.say("x")
		b.idle()
		if !strings.Contains(b.faults(), "instructions") {
			t.Errorf("faults %q", b.faults())
		}
	})
}

func TestUnload(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("gone", `on("message", function() sleep(100) out("late") end) every(1, function() out("tick") end)`)
		b.say("x")
		synctest.Wait()
		if err := b.m.Unload(context.Background(), "gone"); err != nil {
			t.Fatal(err)
		}
		b.say("y")
		time.Sleep(time.Minute)
		if b.got() != "" || len(b.m.Status()) != 0 {
			t.Errorf("got %q, status %v", b.got(), b.m.Status())
		}
		if err := b.m.Unload(context.Background(), "gone"); err == nil {
			t.Error("unloaded twice")
		}
	})
}

func TestTimersKeepTheirGrid(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		start := time.Now()
		b.mustLoad("timer", `local n = 0; every(1, function() n = n + 1 if n == 3 then sleep(2.5) end out(n) end)`)
		time.Sleep(10*time.Second + time.Millisecond)
		if got := strings.Split(b.got(), "\n"); len(got) != 10 {
			t.Errorf("%d beats in %s: %v", len(got), time.Since(start), got)
		}
	})
}
