package script

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/dispatch"
)

// The host's part of an event: the same handler with the same event object, called raw
// and through mailbox, meter and guard.
func BenchmarkHandler(b *testing.B) {
	const code = `on("message", function(ev) local n = 1 end)`
	b.Run("raw", func(b *testing.B) {
		be := newBench(b)
		defer be.stop()
		be.mustLoad("h", code)
		vm := be.m.slot("h").cur
		fn := onlySub(vm).fn
		ud := vm.L.NewUserData()
		L, _ := vm.L.NewThread()
		for b.Loop() {
			if err := L.CallByParam(lua.P{Fn: fn, Protect: true}, ud); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hosted", func(b *testing.B) {
		be := newBench(b)
		defer be.stop()
		be.mustLoad("h", code)
		vm := be.m.slot("h").cur
		del := &Delivery{Event: message("x"), ud: vm.L.NewUserData()}
		sub := onlySub(vm)
		b.ReportAllocs()
		for b.Loop() {
			vm.invoke(invocation{sub: sub, del: del})
		}
	})
	b.Run("mailbox", func(b *testing.B) {
		be := newBench(b)
		defer be.stop()
		be.mustLoad("h", code)
		p := prepared("x")
		b.ReportAllocs()
		for n := 1; b.Loop(); n++ {
			be.m.Deliver(p)
			if n%1000 == 0 { // none is dropped
				be.idle()
			}
		}
		be.idle()
		if d := be.m.Status()[0].Dropped; d > 0 {
			b.Errorf("%d events dropped", d)
		}
	})
}

func onlySub(vm *VM) (found *subscription) {
	p := prepared("x")
	vm.table.Match(&p, func(s *dispatch.Sub, _ []string) bool { found = s.Handler.(*subscription); return true })
	return found
}

// One event at a time into an idle VM, until its handler has run.
func BenchmarkRoundTrip(b *testing.B) {
	be := newBench(b)
	defer be.stop()
	done := make(chan struct{}, 1)
	be.m.onOpen = func(vm *VM) {
		be.globals(vm)
		vm.L.SetGlobal("done", vm.L.NewFunction(func(*lua.LState) int { done <- struct{}{}; return 0 }))
	}
	be.mustLoad("h", `on("message", function() done() end)`)
	p := prepared("x")
	b.ReportAllocs()
	for b.Loop() {
		be.m.Deliver(p)
		<-done
	}
}

func BenchmarkPcall(b *testing.B) {
	be := newBench(b)
	defer be.stop()
	n := 0
	be.m.onOpen = func(vm *VM) {
		be.globals(vm)
		vm.L.SetGlobal("again", vm.L.NewFunction(func(L *lua.LState) int {
			n++
			taskOf(L).steps = 1 << 30
			L.Push(lua.LBool(b.Loop()))
			return 1
		}))
	}
	l := testLimits
	l.HandlerTime, l.Alloc = 0, 0
	if err := be.loadLimits("h", `local function f() end on("message", function() while again() do pcall(f) end end)`, l); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	be.say("x")
	be.idle()
}

// Tight code with and without the meter: the price of the limit on instructions.
func BenchmarkMeter(b *testing.B) {
	const code = `on("message", function() local x = 0 for i = 1, 10000 do x = x + i % 7 end end)`
	for _, metered := range []bool{false, true} {
		b.Run(fmt.Sprintf("metered=%v", metered), func(b *testing.B) {
			be := newBench(b)
			defer be.stop()
			be.mustLoad("h", code)
			vm := be.m.slot("h").cur
			L, _ := vm.L.NewThread()
			t := vm.task(nil)
			if metered {
				L.SetContext(t)
			}
			fn := onlySub(vm).fn
			for b.Loop() {
				t.steps = 1 << 40
				if err := L.CallByParam(lua.P{Fn: fn, Protect: true}); err != nil {
					b.Fatal(err)
				}
			}
			vm.release(t)
		})
	}
}

func BenchmarkReload(b *testing.B) {
	be := newBench(b)
	defer be.stop()
	code := "on('message', function() end)\n" + lines("local function f%d(a, b) if a then return b .. a end return {a, b, x = 1} end", 1, 190)
	for i := 0; b.Loop(); i++ {
		be.mustLoad("h", code+"\n-- "+strconv.Itoa(i))
	}
}

// Memory of what stays: an idle VM and a parked handler, heap and stack together.
func BenchmarkMemory(b *testing.B) {
	stack := func() uint64 {
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.StackInuse
	}
	used := func() uint64 {
		runtime.GC()
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc + s.StackInuse
	}
	b.Run("vm", func(b *testing.B) {
		for b.Loop() {
			be := newBench(b)
			before := used()
			const n = 200
			for i := range n {
				be.mustLoad("vm"+strconv.Itoa(i), `on("message", function(ev) out(text(ev)) end)`)
			}
			b.ReportMetric(float64(used()-before)/n/1024, "KiB/vm")
			be.stop()
		}
	})
	for name, body := range map[string]string{
		"plain": "sleep(3600)", "pcall": "pcall(sleep, 3600)", "coroutine": "coroutine.wrap(function() sleep(3600) end)()",
	} {
		b.Run("parked/"+name, func(b *testing.B) {
			for b.Loop() {
				be := newBench(b)
				l := testLimits
				l.Waiting, l.Mailbox, l.Memory = 1<<20, 1<<20, 0
				if err := be.loadLimits("p", `on("message", function() `+body+` end)`, l); err != nil {
					b.Fatal(err)
				}
				before, stack0 := used(), stack()
				const n = 2000
				for range n {
					be.say("x")
				}
				for be.m.Status()[0].Waiting < n {
					runtime.Gosched()
				}
				b.ReportMetric(float64(used()-before)/n/1024, "KiB/handler")
				b.ReportMetric(float64(stack()-stack0)/n/1024, "KiB-stack/handler")
				be.stop()
			}
		})
	}
}

func BenchmarkCoroutine(b *testing.B) {
	for name, code := range map[string]string{
		"switch": "local co = coroutine.wrap(function() while true do coroutine.yield(1) end end) while again() do co() end",
		"create": "local function f() end while again() do coroutine.wrap(f)() end",
	} {
		b.Run(name, func(b *testing.B) {
			be := newBench(b)
			defer be.stop()
			be.m.onOpen = func(vm *VM) {
				be.globals(vm)
				vm.L.SetGlobal("again", vm.L.NewFunction(func(L *lua.LState) int {
					taskOf(L).steps = 1 << 30
					L.Push(lua.LBool(b.Loop()))
					return 1
				}))
			}
			if err := be.loadLimits("h", `on("message", function() `+code+` end)`, Limits{}); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			be.say("x")
			be.idle()
			if be.faults() != "" {
				b.Fatal(be.faults())
			}
		})
	}
}
