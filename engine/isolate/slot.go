package isolate

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
)

// slot is a script's place in the daemon. It outlives the processes of the script and
// owns the mailbox.
type slot struct {
	m    *Manager
	name string

	// table is, roughly, what the script wants; nil while it has never been loaded.
	table  atomic.Pointer[dispatch.Table]
	unsaid atomic.Uint64 // events dropped and not yet mentioned in the log
	muted  atomic.Uint64 // log lines, likewise

	mu       sync.Mutex // guards what follows and the books of the children
	box      mailbox
	asks     []*screening // questions to its filters that came while it was replaced
	cur      *child       // serves; nil before the first load and between two processes
	swapping bool         // cur gets no more events
	source   script.Source
	file     string
	problem  string          // why the newest version is not the one that runs
	uses     map[string]bool // files the newest version requires, by path
	past     status          // counters of the children before cur
	restart

	loadMu sync.Mutex // one load or unload at a time; guards what follows
	gone   bool       // unloaded for good
	gens   uint64
}

// load is [Manager.Load].
func (s *slot) load(ctx context.Context, src script.Source) error {
	s.loadMu.Lock()
	defer s.loadMu.Unlock()
	defer s.goOn() // unless it was replaced
	if s.gone {
		return engine.Errorf(engine.Cancelled, "script %q was unloaded", s.name)
	}
	c, err := s.start(ctx, src)
	s.mu.Lock()
	s.file, s.problem = src.File, ""
	if c != nil {
		s.uses = c.uses
	}
	if err != nil {
		s.problem = err.Error()
		s.mu.Unlock()
		s.report(err)
		return err
	}
	table := c.table
	s.mu.Unlock()
	if src.Before != nil {
		src.Before(table)
	}
	s.mu.Lock()
	src.Before = nil
	s.source = src
	s.failures = 0
	s.mu.Unlock()
	s.swap(ctx, c)
	return nil
}

// report shows the fault of a load. Other errors are the daemon's own affair.
func (s *slot) report(err error) {
	if e, ok := err.(*script.Error); ok {
		s.m.opt.Report(e)
	}
}

// start loads a version of the script in a new child, which does not serve yet. The
// child is returned with an error too if there was one; it has ended then.
func (s *slot) start(ctx context.Context, src script.Source) (*child, error) {
	s.mu.Lock()
	if s.cur != nil { // it may have loaded itself again
		s.gens = max(s.gens, s.cur.state.Status.Gen)
	}
	s.mu.Unlock()
	s.gens++
	src.Generation = s.gens
	c, err := s.m.spawn(ctx, s, src)
	if err != nil {
		return nil, s.fault(s.gens, err)
	}
	timer := time.NewTimer(src.Limits.LoadTime + c.deadline)
	defer timer.Stop()
	select {
	case l := <-c.loaded:
		if l.Err == nil {
			return c, nil
		}
		c.kill()
		<-c.gone
		return c, l.Err
	case <-timer.C:
		c.fail("it did not load within %s", src.Limits.LoadTime+c.deadline)
	case <-ctx.Done():
		err = ctx.Err()
	case <-s.m.stopping:
		err = engine.Errorf(engine.Cancelled, "the daemon is stopping")
	case <-c.gone:
	}
	c.kill()
	<-c.gone
	if err != nil {
		return c, err
	}
	return c, s.fault(s.gens, errors.New("the script's process died while it loaded: "+c.death))
}

// fault is that a script could not be loaded for a reason that is not in its code.
func (s *slot) fault(gen uint64, err error) *script.Error {
	return &script.Error{Script: s.name, Gen: gen, At: s.m.opt.Clock.Now().UTC(), Load: true, Msg: err.Error()}
}

// swap lets next, nil to unload, take over from the child that serves. loadMu is held.
func (s *slot) swap(ctx context.Context, next *child) {
	s.mu.Lock()
	old := s.cur
	s.swapping = true
	if s.stop != nil {
		s.stop()
	}
	s.due, s.stop = false, nil
	s.mu.Unlock()
	if old != nil {
		old.finish(ctx)
	}
	var died *script.Error
	s.mu.Lock()
	s.swapping = false
	if old != nil {
		s.box.putBack(old.flight)
		old.flight = nil
		s.retire(old)
	}
	if next == nil {
		s.wait(nil)
		s.dropped(s.box.drain())
	} else {
		died = s.install(next)
	}
	asks := s.asks
	s.asks = nil
	s.mu.Unlock()
	if old != nil {
		old.closeRules() // those of the next one hold
	}
	s.askAgain(asks, next == nil)
	s.settled(died)
}

// settled tells whom it concerns that the script may have come to rest, and perhaps
// that its process died.
func (s *slot) settled(died *script.Error) {
	if died != nil {
		s.m.opt.Report(died)
	}
	s.m.stirred()
}

// install makes c the child that serves. The error, which is to be reported, is that it
// has died meanwhile. mu is held.
func (s *slot) install(c *child) *script.Error {
	s.cur = c
	if c.ended {
		return s.crashed(c)
	}
	c.rule()
	s.wait(c.table)
	c.post(kindServe, 0, none{})
	s.pump()
	return nil
}

// retire keeps the counters of a child that serves no more. mu is held.
func (s *slot) retire(c *child) {
	st := &c.state.Status
	s.past.Handled += st.Handled
	s.past.Errors += st.Errors
	s.past.Dropped += st.Dropped
	*st = status{}
	if s.cur == c {
		s.cur = nil
	}
}

// ended is told by a child that it is gone.
func (s *slot) ended(c *child) {
	var died *script.Error
	s.mu.Lock()
	c.ended = true
	if s.cur == c {
		died = s.crashed(c)
	}
	s.mu.Unlock()
	c.endAsks()
	c.unschedule()
	c.endQuestions()
	c.endEvals()
	c.abandon()
	c.closeHooks()
	c.closeRules()
	_ = c.held(0, none{})
	s.settled(died)
}

// end unloads the script for good.
func (s *slot) end(ctx context.Context) error {
	s.loadMu.Lock()
	defer s.loadMu.Unlock()
	s.gone = true
	s.mu.Lock()
	cur := s.cur
	s.wait(nil)
	s.mu.Unlock()
	s.swap(ctx, nil)
	if cur != nil {
		<-cur.gone
	}
	return nil
}

// rests reports whether nothing is on its way to the script, and its child rests too.
func (s *slot) rests(child func(*child) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cur
	if s.box.len() > 0 || s.swapping {
		return false
	}
	return c == nil || c.state.Seen == c.work && child(c)
}

func (s *slot) using(path string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.uses[path]
}

func (s *slot) status() script.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := script.Status{
		Name: s.name, File: s.file, State: "failed", Problem: s.problem, Queued: s.box.len(),
		Handled: s.past.Handled, Errors: s.past.Errors, Dropped: s.past.Dropped,
	}
	if c := s.cur; c != nil {
		of := c.state.Status
		// Its first report may still be on its way.
		st.Generation = max(of.Gen, c.source.Generation)
		st.Since, st.Waiting, st.Process = c.born, of.Waiting, c.pid
		st.Queued += len(c.flight)
		st.Handled += of.Handled
		st.Errors += of.Errors
		st.Dropped += of.Dropped
		st.State = "running"
		switch {
		case of.Suspended != nil:
			st.State, st.Problem, st.Until = "suspended", of.Suspended.Why, of.Suspended.Until
		case s.problem != "":
			st.State = "broken"
		}
	} else if s.due {
		st.State, st.Problem, st.Until = "restarting", s.why, s.until
	}
	return st
}

// use notes files that a change of would change the script.
func (s *slot) use(c *child, paths []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range paths {
		if len(c.uses) < maxUses {
			c.uses[p] = true
		}
	}
}

// maxUses bounds the files a child can make the daemon remember.
const maxUses = 4096
