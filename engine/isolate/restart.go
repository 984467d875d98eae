package isolate

import (
	"context"
	"math/rand/v2"
	"time"

	"botd/engine/script"
	"botd/engine/trace"
)

// The n-th pause before a restart is random between 0 and firstPause·2ⁿ or longestPause,
// whichever is less. A process that lived for stableAfter starts over with n = 0.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = time.Minute
	stableAfter  = time.Minute
)

// restart is what is known about a process that died and has no successor yet.
type restart struct {
	due      bool
	why      string
	until    time.Time
	failures int
	stop     func() bool // the timer
}

// crashed deals with the death of the child that serves, and returns what is to be
// reported. mu is held.
func (s *slot) crashed(c *child) *script.Error {
	s.dropped(len(c.flight))
	for _, p := range c.flight {
		s.lost(p.Event, trace.Cancelled, "its process died: "+c.death)
	}
	c.flight = nil
	s.retire(c)
	if s.swapping {
		return nil
	}
	now := s.m.opt.Clock.Now()
	if now.Sub(c.born) >= stableAfter {
		s.failures = 0
	}
	s.again("its process died: " + c.death)
	return &script.Error{
		Script: s.name, Gen: c.source.Generation, At: now.UTC(), Msg: "the script's process died: " + c.death,
		Hint: "it is started again by itself; saving the script, or botd reload " + s.name + ", does so at once",
	}
}

// again makes a restart due. mu is held.
func (s *slot) again(why string) {
	pause := longestPause
	if s.failures < 10 {
		pause = min(pause, firstPause<<s.failures)
	}
	pause = rand.N(pause)
	s.failures++
	s.due, s.why, s.until = true, why, s.m.opt.Clock.Now().Add(pause)
	s.stop = s.m.opt.Clock.AfterFunc(pause, s.revive)
}

// revive starts the last version that loaded, in place of a child that died.
func (s *slot) revive() {
	if !s.m.begin() {
		return
	}
	defer s.m.beside.Done()
	s.loadMu.Lock()
	defer s.loadMu.Unlock()
	s.mu.Lock()
	due, src := s.due, s.source
	s.mu.Unlock()
	if !due || s.gone {
		return
	}
	src.Reason = "revived"
	c, err := s.start(context.Background(), src)
	if err != nil {
		s.mu.Lock()
		s.again(err.Error())
		s.mu.Unlock()
		s.report(err)
		return
	}
	s.swap(context.Background(), c)
}
