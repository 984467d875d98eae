package script

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"botd/engine/dispatch"
	"botd/engine/trace"
)

// Slot is a script's place in the daemon. It outlives the generations of the script:
// it owns the mailbox, so that an event that arrives during a reload waits for
// whichever generation is current when its turn comes.
type Slot struct {
	name string
	m    *Manager

	// table is what the current generation wants; nil while there is none.
	table atomic.Pointer[dispatch.Table]

	dropped atomic.Uint64 // events the full mailbox, or a suspended script, did not take
	handled atomic.Uint64 // handler calls that ended
	failed  atomic.Uint64 // of them with an error

	logs, faults, emits paced

	mu       sync.Mutex // guards what follows and the queues of both VMs, for nanoseconds
	box      mailbox
	asks     queue[*ask] // questions to its filters
	cur      *VM
	next     *VM           // takes over as soon as cur is between two events
	unload   bool          // next is to be nothing
	claimed  bool          // a load, or Hold, has the baton of cur
	claimant chan struct{} // closed when it gets it; nil while nobody waits for it
	record   []byte        // of the state, as it was handed to the door last
	leaving  []*VM         // replaced, and not closed yet
	file     string
	uses     map[string]bool // files the newest version requires, by path
	problem  string          // why the newest version is not the one that runs
	source   Source          // the last that loaded
	penalty

	loadMu sync.Mutex // one load or unload at a time; guards gone
	gone   bool       // unloaded for good
	gens   uint64
}

// wait makes t what the script waits for. mu is held.
func (s *Slot) wait(t *dispatch.Table) {
	old := s.table.Swap(t)
	s.m.screens.Add(int32(min(t.Screens(), 1) - min(old.Screens(), 1)))
	s.m.changed()
}

// deliver queues an event the current generation wants. It never blocks.
func (s *Slot) deliver(p *dispatch.Prepared) {
	at := time.Time{}
	if s.m.trace != nil {
		at = s.m.clock.Now()
	}
	s.mu.Lock()
	vm := s.cur
	if vm == nil {
		s.mu.Unlock()
		return
	}
	if s.suspended || !s.box.push(p, at, vm.limits.Mailbox) {
		why, reason, text := mailboxFull, trace.MailboxFull, fmt.Sprintf("%d wait (limits.mailbox)", s.box.len())
		if s.suspended {
			why, reason, text = isSuspended, trace.Suspended, s.sentence()
		}
		s.mu.Unlock()
		s.dropped.Add(1)
		s.m.drops.count(s.name, eventsDropped, why)
		s.lost(p.Event, reason, text)
		return
	}
	start := vm.take()
	s.mu.Unlock()
	if start {
		s.m.runners.run(vm)
	}
}

// swap makes vm (nil to unload) the generation that serves: at once if the current one is idle, else
// when it is between two events. One that was still waiting for that is thrown away.
func (s *Slot) swap(vm *VM) {
	s.mu.Lock()
	overtaken := s.next
	s.next, s.unload = vm, vm == nil
	if s.cur != nil && s.cur.held && !s.claimed {
		s.mu.Unlock() // its holder does it
	} else {
		s.install(vm)
	}
	if overtaken != nil {
		overtaken.discard()
	}
}

// install puts vm in the place of the current generation, whose last event is done. It
// is called with mu held and releases it.
func (s *Slot) install(vm *VM) {
	old := s.cur
	s.cur, s.next, s.unload = vm, nil, false
	drain, start := s.claimed, false
	s.claimed = false
	var over []*term
	if old != nil {
		s.leaving = append(s.leaving, old)
		why := reloaded
		if vm == nil {
			why = stopped
		}
		old.inherited = vm != nil && vm.state != nil
		drain = old.retire(why) || drain
		over = old.takeTerms()
	}
	if vm != nil {
		for _, t := range vm.terms {
			t.begin()
		}
		vm.held, vm.served = false, true // the loader kept the baton until now
		s.pardon()
		s.wait(vm.table)
		if vm.state != nil {
			vm.state.due = true
		}
		start = (s.box.len() > 0 || s.asks.len() > 0 || vm.jobs.len() > 0 || vm.state != nil || s.claimant != nil) && vm.take()
	} else {
		s.wait(nil)
		s.empty(trace.Cancelled, "it was unloaded")
		s.grant()
	}
	s.mu.Unlock()
	endTerms(over)
	if vm == nil {
		s.forsake(trace.Cancelled, "the script was unloaded")
	}
	if drain {
		s.m.runners.run(old)
	}
	if start {
		s.m.runners.run(vm)
	}
	if vm != nil {
		close(vm.serving)
	}
}

// left strikes a generation off that has closed.
func (s *Slot) left(vm *VM) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.leaving, vm); i >= 0 {
		s.leaving = slices.Delete(s.leaving, i, i+1)
	}
}
