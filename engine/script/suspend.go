package script

import (
	"context"
	"fmt"
	"time"

	"botd/engine/trace"
)

// A script that hits its limits again and again would cost the daemon its limit for
// every event. After strikesAllowed hits within strikeWindow it is suspended, each time
// for longer. A new version that loads lifts that at once.
const (
	strikesAllowed  = 5
	strikeWindow    = time.Minute
	firstSuspension = 10 * time.Second
	maxSuspension   = 10 * time.Minute
)

// penalty is what a script has earned. The slot's mutex guards it.
type penalty struct {
	strikes   int
	since     time.Time // of the first strike
	level     int       // suspensions so far
	suspended bool
	until     time.Time
	why       string
	timer     func() bool
}

// strike notes that a handler of vm had to be ended.
func (s *Slot) strike(vm *VM) {
	now := s.m.clock.Now()
	s.mu.Lock()
	if s.replaced(vm) || s.suspended {
		s.mu.Unlock()
		return
	}
	if now.Sub(s.since) > strikeWindow {
		s.since, s.strikes = now, 0
	}
	if s.strikes++; s.strikes < strikesAllowed {
		s.mu.Unlock()
		return
	}
	d := s.suspend(fmt.Sprintf("%d handlers were stopped by a limit within a minute", s.strikes))
	s.timer = s.m.clock.AfterFunc(d, func() { s.resume(vm) })
	sentence := s.sentence()
	s.mu.Unlock()
	s.forsake(trace.Suspended, sentence)
	s.announce(vm, d)
}

// replaced reports whether vm has been replaced or is about to be: whatever it does then
// is no fault of the version that follows. s.mu is held.
func (s *Slot) replaced(vm *VM) bool { return !vm.serves() || s.next != nil || s.unload }

// suspend begins a suspension and returns its length. Until its end what arrives is
// dropped, and counted. s.mu is held.
func (s *Slot) suspend(why string) time.Duration {
	d := min(firstSuspension<<s.level, maxSuspension)
	s.level = min(s.level+1, 10)
	s.strikes = 0
	s.suspended, s.why, s.until = true, why, s.m.clock.Now().Add(d)
	s.m.changed()
	s.empty(trace.Suspended, s.sentence())
	return d
}

// sentence says for how long the script is suspended, and why. s.mu is held.
func (s *Slot) sentence() string {
	return Left(s.until.Sub(s.m.clock.Now())) + ": " + s.why
}

func (s *Slot) announce(vm *VM, d time.Duration) {
	s.m.report(&Error{
		Script: s.name, Gen: vm.gen, At: s.m.clock.Now().UTC(), Msg: fmt.Sprintf("suspended for %s: %s", d, s.why),
		Hint: "saving the script, or botd reload " + s.name + ", lifts this at once",
	})
}

// resume lets a suspended generation go on.
func (s *Slot) resume(vm *VM) {
	s.mu.Lock()
	if !s.suspended || !vm.serves() {
		s.mu.Unlock()
		return
	}
	s.suspended = false
	s.m.changed()
	start := vm.jobs.len() > 0 && vm.take()
	s.mu.Unlock()
	if start {
		s.m.runners.run(vm)
	}
}

// endForMemory ends a generation that keeps too much: only that gives memory back. The
// script is loaded again after its suspension. The caller has the baton.
func (s *Slot) endForMemory(vm *VM) {
	vm.closing = true
	s.mu.Lock()
	if s.replaced(vm) {
		s.mu.Unlock()
		return // it ends anyway
	}
	d := s.suspend(fmt.Sprintf("it kept more than %d MiB (limits.memory) and was stopped", vm.limits.Memory>>20))
	s.unload = true // done at the next turn of the loop
	s.timer = s.m.clock.AfterFunc(d, s.revive)
	sentence := s.sentence()
	s.mu.Unlock()
	s.forsake(trace.Suspended, sentence)
	s.failed.Add(1)
	s.announce(vm, d)
}

// revive loads the script again after it was ended, unless a save has done so.
func (s *Slot) revive() {
	if !s.m.begin() {
		return
	}
	defer s.m.beside.Done()
	s.loadMu.Lock()
	defer s.loadMu.Unlock()
	s.mu.Lock()
	src, level, problem, due := s.source, s.level, s.problem, s.suspended && s.cur == nil
	s.mu.Unlock()
	if !due || s.gone {
		return
	}
	src.Reason = "revived"
	err := s.replace(context.Background(), src)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.pardon() // it is broken now
	} else {
		s.problem = problem // of a newer version than this
	}
	s.level = level // it was not mended
}

// pardon ends all penalties. s.mu is held.
func (s *Slot) pardon() {
	if s.timer != nil {
		s.timer()
	}
	s.penalty = penalty{}
}
