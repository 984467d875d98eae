package script

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// loops makes a script earn a suspension.
func (b *bench) loops() {
	b.t.Helper()
	for range strikesAllowed {
		b.say("loop")
		b.idle()
	}
	if st := b.m.Status()[0]; st.State != "suspended" {
		b.t.Fatalf("status %+v", st)
	}
}

// The last strike falls while the mended version waits for the runaway handler to end.
func TestStrikeWhileTheCureWaits(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("loop", `on("message", function(ev) out("old") end)`)
		s := b.m.slot("loop")
		free := b.hold("loop")
		old := s.cur
		loaded := make(chan error)
		go func() { loaded <- b.load("loop", `on("message", function(ev) out("new") end)`) }()
		synctest.Wait()
		for range strikesAllowed {
			s.strike(old)
		}
		free()
		if err := <-loaded; err != nil {
			t.Fatal(err)
		}
		b.say("x")
		time.Sleep(time.Hour)
		synctest.Wait()
		if st := b.m.Status()[0]; st.State != "running" || b.got() != "new" {
			t.Errorf("got %q, status %+v", b.got(), st)
		}
	})
}

// What arrives during a suspension is dropped and counted, and not answered when it is
// over, whatever the handlers that still wait do to the subscriptions.
func TestEventsOfASuspensionAreDropped(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("loop", `
			on("message", function(ev)
				if text(ev) == "loop" then while true do end end
				if text(ev) == "wait" then sleep(2) on("join", function() end) end
				out(text(ev))
			end)`)
		b.say("wait")
		synctest.Wait()
		for range strikesAllowed {
			b.say("loop")
			synctest.Wait()
		}
		b.say("early")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		b.say("late")
		st := b.m.Status()[0]
		if st.State != "suspended" || st.Queued != 0 || st.Dropped != 2 {
			t.Errorf("status %+v", st)
		}
		time.Sleep(firstSuspension)
		b.say("after")
		b.idle()
		if got := b.got(); got != "wait\nafter" {
			t.Errorf("got %q", got)
		}
	})
}

// Runaway tasks are runaway handlers, also if somebody waits for their errors.
func TestQuietTasksEarnStrikesToo(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("loop", `on("message", function(ev) quietly(function() while true do end end) end)`)
		b.loops()
		if !strings.Contains(b.faults(), "suspended") {
			t.Errorf("faults %s", b.faults())
		}
	})
}

// A revival must not bring back what a save has replaced meanwhile.
func TestRevivalBesideASave(t *testing.T) {
	b := newBench(t)
	defer b.stop()
	for range 200 {
		b.mustLoad("hoard", `on("message", function(ev) out("old") end)`)
		s := b.m.slot("hoard")
		vm := s.cur
		vm.post(func() { s.endForMemory(vm) })
		<-vm.gone
		var loads sync.WaitGroup
		loads.Go(s.revive)
		loads.Go(func() { b.mustLoad("hoard", `on("message", function(ev) out("new") end)`) })
		loads.Wait()
		b.output = nil
		b.say("x")
		b.idle()
		if b.got() != "new" {
			t.Fatalf("got %q", b.got())
		}
	}
}

// If the revival fails the script is not suspended any more, but broken.
func TestRevivalThatFails(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("hoard", `if fail() then error("no luck") end on("message", function(ev) out("old") end)`)
		s := b.m.slot("hoard")
		vm := s.cur
		vm.post(func() { s.endForMemory(vm) })
		synctest.Wait()
		b.failing.Store(true)
		time.Sleep(firstSuspension)
		synctest.Wait()
		if st := b.m.Status()[0]; st.State != "failed" || !strings.Contains(st.Problem, "no luck") {
			t.Errorf("status %+v", st)
		}
	})
}
