package script

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What the walk estimates is near what the heap holds, for each shape of data.
func TestEstimateOfWhatIsKept(t *testing.T) {
	for name, code := range map[string]string{
		"numbers":   "for i = 1, 200000 do keep[i] = i + 0.5 end",
		"strings":   "for i = 1, 50000 do keep[i] = ('x'):rep(100) .. i end",
		"fields":    "for i = 1, 50000 do keep['key' .. i] = true end",
		"tables":    "for i = 1, 50000 do keep[i] = {i, i} end",
		"objects":   "for i = 1, 20000 do keep[i] = {name = 'n' .. i, id = i} end",
		"a field":   "for i = 1, 20000 do keep[i] = {a = 'b'} end",
		"six":       "for i = 1, 20000 do keep[i] = {a = 1, b = 2, c = 3, d = 4, e = 5, f = 6} end",
		"nine":      "for i = 1, 20000 do keep[i] = {a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9} end",
		"a number":  "for i = 1, 20000 do keep[i] = {[1.5] = i} end",
		"mixed":     "for i = 1, 20000 do keep[i] = {i, a = 1, [2.5] = 1} end",
		"closures":  "for i = 1, 50000 do keep[i] = function() return i end end",
		"deleted":   "for i = 1, 100000 do keep['key' .. i] = true keep['key' .. i] = nil end",
		"sparse":    "for i = 1, 50000 do keep[i * 1000] = i end",
		"coroutine": "for i = 1, 500 do local co = coroutine.create(function(s) coroutine.yield() end) coroutine.resume(co, ('x'):rep(1000)) keep[i] = co end",
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			defer b.stop()
			l := Limits{Mailbox: 10}
			heap := func() int64 {
				b.idle()
				runtime.GC()
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				return int64(m.HeapAlloc)
			}
			l.Steps = 1 << 40
			if err := b.loadLimits("keep", "keep = {} on('message', function() "+code+" end)", l); err != nil {
				t.Fatal(err)
			}
			vm := b.m.slot("keep").cur
			before, est0 := heap(), vm.keeps(1<<40)
			b.say("x")
			after, est := heap(), vm.keeps(1<<40)
			if b.faults() != "" {
				t.Fatal(b.faults())
			}
			real, got := after-before, est-est0
			t.Logf("heap %d KiB, estimate %d KiB, ratio %.2f", real>>10, got>>10, float64(got)/float64(real))
			if got < real*2/3 || got > real*2 {
				t.Errorf("estimate %d KiB for %d KiB", got>>10, real>>10)
			}
		})
	}
}

func TestKeepingTooMuchEndsTheGeneration(t *testing.T) {
	for name, code := range map[string]string{
		"over many events": "for i = 1, 20000 do keep[#keep + 1] = ('x'):rep(100) .. i end",
		"in parked frames": "local mine = {} for i = 1, 20000 do mine[i] = ('x'):rep(100) .. i end sleep(3600) out(#mine)",
		"in a coroutine":   "keep[#keep + 1] = coroutine.wrap(function() local mine = {} for i = 1, 20000 do mine[i] = ('x'):rep(100) .. i end coroutine.yield() out(#mine) end) keep[#keep]()",
		"inside pcall":     "pcall(function() local mine = {} for i = 1, 20000 do mine[i] = ('x'):rep(100) .. i end sleep(3600) out(#mine) end)",
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(b *bench) {
				l := testLimits
				l.Memory = 16 << 20
				l.Waiting = 0
				if err := b.loadLimits("hoard", "keep = {} on('message', function() "+code+" end) on('join', function() out('alive', #keep) end)", l); err != nil {
					t.Fatal(err)
				}
				b.mustLoad("good", "on('message', function() out('good') end)")
				n := 0
				for ; n < 40 && b.faults() == ""; n++ {
					b.say("x")
					synctest.Wait()
				}
				if !strings.Contains(b.faults(), "limits.memory") || n < 3 {
					t.Fatalf("after %d events: faults %q", n, b.faults())
				}
				if got := strings.Count(b.got(), "good"); got != n {
					t.Errorf("the other script had %d of %d events", got, n)
				}
				st := b.m.Status()[1]
				if st.State != "suspended" || st.Generation != 0 || st.Until.IsZero() {
					t.Errorf("status %+v", st)
				}
				time.Sleep(firstSuspension + time.Second)
				synctest.Wait()
				if st := b.m.Status()[1]; st.State != "running" || st.Generation != 2 {
					t.Errorf("after the suspension: %+v", st)
				}
			})
		})
	}
}

func TestRepeatedOffenderIsSuspended(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		const code = `on("message", function(ev) out("ran") if text(ev) == "loop" then while true do end end end)`
		b.mustLoad("loop", code)
		for range 20 {
			b.say("loop")
			b.idle()
		}
		if got := strings.Count(b.got(), "ran"); got != strikesAllowed {
			t.Errorf("%d handlers ran, want %d", got, strikesAllowed)
		}
		if st := b.m.Status()[0]; st.State != "suspended" || !strings.Contains(b.faults(), "suspended for 10s") {
			t.Errorf("status %+v, faults %s", st, b.faults())
		}
		time.Sleep(firstSuspension)
		synctest.Wait()
		b.output = nil
		b.say("fine")
		b.idle()
		if b.got() != "ran" {
			t.Errorf("after the suspension: %q", b.got())
		}
		for range strikesAllowed {
			b.say("loop")
			b.idle()
		}
		if !strings.Contains(b.faults(), "suspended for 20s") {
			t.Errorf("the second suspension is no longer: %s", b.faults())
		}
		b.mustLoad("loop", code+" -- mended")
		b.output = nil
		b.say("fine")
		b.idle()
		if b.got() != "ran" {
			t.Errorf("a save did not lift the suspension: %q", b.got())
		}
	})
}

func TestSuspendedTimersWait(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("tick", `every(1, function() out("tick") end) on("message", function() while true do end end)`)
		for range strikesAllowed {
			b.say("x")
			b.idle()
		}
		time.Sleep(firstSuspension - time.Millisecond)
		synctest.Wait()
		if b.got() != "" {
			t.Errorf("ticked while suspended: %q", b.got())
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := b.got(); got != "tick\ntick" && got != "tick\ntick\ntick" {
			t.Errorf("after the suspension: %q", got)
		}
	})
}

func TestUnloadWhileSuspended(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("loop", `on("message", function(ev) while true do end end)`)
		for range strikesAllowed {
			b.say("x")
			b.idle()
		}
		if err := b.m.Unload(context.Background(), "loop"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if len(b.m.Status()) != 0 {
			t.Errorf("it came back: %+v", b.m.Status())
		}
	})
}

func TestQuotas(t *testing.T) {
	for name, code := range map[string]string{
		"timers":        "while true do every(3600, function() end) end",
		"subscriptions": "while true do on('message', function() end) end",
		"tasks":         "while true do spawn(function() end) end",
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(b *bench) {
				b.mustLoad("flood", "on('join', function() end) spawn(function() "+code+" end)")
				b.idle()
				if !strings.Contains(b.faults(), "already") && !strings.Contains(b.faults(), "have been spawned") {
					t.Errorf("faults %q", b.faults())
				}
			})
		})
	}
}

func TestMainChunkThatKeepsTooMuchDoesNotLoad(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		l := testLimits
		l.Memory = 8 << 20
		err := b.loadLimits("hoard", "keep = {} for i = 1, 200000 do keep[i] = {i} end on('message', function() end)", l)
		if err == nil || !strings.Contains(err.Error(), "limits.memory") {
			t.Errorf("load: %v", err)
		}
		if st := b.m.Status()[0]; st.State != "failed" || !strings.Contains(st.Problem, "limits.memory") {
			t.Errorf("status %+v", st)
		}
	})
}

// What the main chunk did not use of its budget is no credit for what handlers keep.
func TestLimitHoldsFromTheFirstHandlerOn(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		l := testLimits
		l.Memory = 8 << 20
		if err := b.loadLimits("hoard", "keep = {} on('message', function() for i = 1, 10000 do keep[#keep + 1] = {i} end end)", l); err != nil {
			t.Fatal(err)
		}
		n := 0
		for ; n < 100 && b.faults() == ""; n++ {
			b.say("x")
			b.idle()
		}
		if n > 10 { // 10,000 tables are 2 MiB
			t.Errorf("ended after %d events", n)
		}
	})
}
