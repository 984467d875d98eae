package serial_test

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/internal/serial"
)

// Functions run one at a time, wherever they come from.
func TestOneAtATime(t *testing.T) {
	var l serial.Loop
	var busy atomic.Bool
	n := 0 // the loop guards it
	step := func() {
		if !busy.CompareAndSwap(false, true) {
			t.Error("one runs beside another")
		}
		n++
		runtime.Gosched()
		busy.Store(false)
	}
	var all sync.WaitGroup
	for range 200 {
		all.Add(1)
		l.After(0, func() { step(); all.Done() })
		all.Go(func() { l.Do(step) })
	}
	all.Wait()
	l.End()
	if n != 400 {
		t.Errorf("%d ran", n)
	}
}

func TestNamedTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l serial.Loop
		var log []string
		note := func(s string) func() { return func() { log = append(log, s) } }
		l.Do(func() {
			l.Set("x", time.Second, note("replaced"))
			l.Set("x", 2*time.Second, note("x"))
			l.Set("y", time.Second, note("cleared"))
			l.Clear("y")
			l.Clear("unknown")
		})
		time.Sleep(3 * time.Second)
		l.Do(func() { l.Set("x", time.Second, note("again")) })
		time.Sleep(2 * time.Second)
		l.End()
		if got := strings.Join(log, " "); got != "x again" {
			t.Errorf("ran %q", got)
		}
	})
}

// End waits for what runs, and nothing begins after it.
func TestEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l serial.Loop
		var mu sync.Mutex
		ended, late := false, false
		check := func() { // takes a second, and must not outlast End
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			late = late || ended
		}
		l.Go(check)
		l.After(0, func() { l.Go(check) })
		synctest.Wait()
		stop := l.After(time.Hour, func() { t.Error("ran after the end") })
		l.After(time.Hour, func() { t.Error("ran after the end") })
		l.End()
		mu.Lock()
		ended = true
		mu.Unlock()
		stop() // a second time, in effect
		l.After(0, func() { t.Error("began after the end") })()
		l.Do(func() { t.Error("begun after the end") })
		time.Sleep(2 * time.Hour)
		if late {
			t.Error("something outlasted the end")
		}
	})
}
