package script

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/trace"
)

// invocation is one handler that an event has still to reach.
type invocation struct {
	sub      *subscription
	del      *Delivery
	captures []string
}

// take claims the baton if it lies free. slot.mu is held; if it returns true the
// caller must give the VM to a runner after unlocking.
func (vm *VM) take() bool {
	if vm.held {
		return false
	}
	vm.held = true
	return true
}

// makeReady moves a parked task to the ready queue. slot.mu is held; true means that
// the caller now has the baton and must give the VM to a runner.
func (vm *VM) makeReady(t *Task) bool {
	last := len(vm.parked) - 1
	moved := vm.parked[last]
	vm.parked[t.index] = moved
	moved.index = t.index
	vm.parked[last] = nil
	vm.parked = vm.parked[:last]
	t.parked = false
	vm.ready.push(t)
	return vm.take()
}

// handOver decides who goes on when the holder starts to wait: a ready handler is
// woken, or with other work at hand the caller must start a runner (true), or the
// baton is put down. slot.mu is held.
func (vm *VM) handOver() (needRunner bool) {
	if vm.replaceable() || vm.mustLook() || vm.between() && vm.slot.claimant != nil {
		return true
	}
	if vm.ready.len() > 0 && (vm.turn&1 == 0 || !vm.hasWork()) {
		vm.turn++
		vm.ready.pop().wake <- struct{}{}
		return false
	}
	if vm.hasWork() {
		return true
	}
	vm.held = false
	vm.m.wentIdle()
	return false
}

// hasWork reports whether the loop has something to run besides ready handlers.
func (vm *VM) hasWork() bool {
	if vm.pending.len() > 0 {
		return true
	}
	if vm.serves() {
		return !vm.slot.suspended && (vm.jobs.len() > 0 || vm.slot.box.len() > 0 || vm.slot.asks.len() > 0)
	}
	return vm.jobs.len() > 0
}

func (vm *VM) serves() bool { return vm.slot.cur == vm }

// replaceable reports whether another generation is to take over and can: this one is
// between two events. slot.mu and the baton are held.
func (vm *VM) replaceable() bool {
	return vm.between() && (vm.slot.next != nil || vm.slot.unload)
}

// between reports whether this generation serves and is between two events. slot.mu and
// the baton are held.
func (vm *VM) between() bool { return vm.serves() && vm.pending.len() == 0 }

// loop runs what there is until the baton is given away. The caller has it.
func (vm *VM) loop() {
	for {
		prep, job, ok := vm.nextWork()
		if !ok {
			return
		}
		vm.step(prep, job)
	}
}

// step does one piece of work. A panic in it is a fault of ours, since Lua runs behind
// a guard; it must not take the process along.
func (vm *VM) step(prep *dispatch.Prepared, job func()) {
	defer func() {
		if r := recover(); r != nil {
			vm.leave()
			vm.m.log.Error("panic while serving a script", slog.String("script", vm.slot.name), slog.Any("err", r), slog.String("stack", string(debug.Stack())))
		}
	}()
	switch {
	case prep != nil:
		vm.match(prep)
	case job != nil:
		job()
	default:
		vm.invoke(vm.pending.pop())
	}
}

// nextWork picks what the loop does next: the change of generations if one is due; then
// by turns a ready handler and other work. That is the handlers still to be reached by
// the event at hand, so that a reload does not cut it in half, or by turns a job and an
// event. ok is false when the baton has been given away.
func (vm *VM) nextWork() (prep *dispatch.Prepared, job func(), ok bool) {
	s := vm.slot
	s.mu.Lock()
	for {
		if vm.replaceable() {
			s.install(s.next)
			s.mu.Lock()
			continue
		}
		if vm.between() && s.grant() {
			s.mu.Unlock()
			return nil, nil, false
		}
		if vm.lookAtState() {
			continue
		}
		if vm.ready.len() > 0 && (vm.turn&1 == 0 || !vm.hasWork()) {
			vm.turn++
			t := vm.ready.pop()
			s.mu.Unlock()
			t.wake <- struct{}{}
			return nil, nil, false
		}
		vm.turn++
		if a := vm.nextAsk(); a != nil {
			s.mu.Unlock()
			return nil, func() { vm.screen(a) }, true
		}
		if vm.pending.len() > 0 && !vm.giveUp() {
			s.mu.Unlock()
			return nil, nil, true
		}
		if vm.hasWork() {
			if vm.jobs.len() == 0 && s.box.len() == 0 {
				continue // to the questions to filters, for there is nothing else any more
			}
			prep, job = vm.eventOrJob()
			s.mu.Unlock()
			if prep != nil {
				vm.m.taken(prep.Event)
			}
			return prep, job, true
		}
		vm.putDown()
		return nil, nil, false
	}
}

// eventOrJob takes either by turns. There is one. slot.mu and the baton are held.
func (vm *VM) eventOrJob() (*dispatch.Prepared, func()) {
	box := &vm.slot.box
	if vm.jobs.len() > 0 && (vm.turn&2 == 0 || !vm.serves() || box.len() == 0) {
		return nil, vm.jobs.pop()
	}
	l := box.pop()
	vm.arrived = l.at
	return l.p, nil
}

// putDown puts the baton down, for good if the generation has ended. slot.mu is held and given
// back.
func (vm *VM) putDown() {
	finished := vm.retired && len(vm.tasks) == 0
	vm.held = finished // nobody may use the state again then
	vm.slot.mu.Unlock()
	if finished {
		vm.close()
	}
	vm.m.wentIdle()
}

// match finds the handlers of an event and queues them. Patterns are tried here, before
// any handler runs, so they have a budget of their own.
func (vm *VM) match(p *dispatch.Prepared) {
	vm.matching = matchBudget
	var del *Delivery
	vm.table.Match(p, func(sub *dispatch.Sub, captures []string) bool {
		if del == nil {
			del = &Delivery{Event: p.Event, Command: p.Command, Args: p.Args, Prefix: p.Prefix, MentionsMe: p.MentionsMe, arrived: vm.arrived}
		}
		vm.pending.push(invocation{sub.Handler.(*subscription), del, captures})
		return true
	})
	vm.until = time.Time{}
	if vm.pending.len() > fewHandlers && vm.limits.HandlerTime > 0 {
		vm.until = vm.m.clock.Now().Add(fewHandlers * vm.limits.HandlerTime)
	}
	if del == nil {
		vm.unmatched(p)
	}
	if vm.matching < 0 {
		vm.reprove(p.Event, "stopped: the patterns of the script took too long on one text")
	}
}

// fewHandlers is how many handlers of one event may take all the time they have. More of
// them must do with that: else a script could be busy with one event for hours.
const fewHandlers = 8

// giveUp drops the handlers that the event at hand has still to reach, if the script has
// been suspended or they have had their time together. slot.mu is held.
func (vm *VM) giveUp() bool {
	s := vm.slot
	late := !vm.until.IsZero() && vm.m.clock.Now().After(vm.until)
	if !late && !(s.suspended && vm.serves()) {
		return false
	}
	ev := vm.pending.pop().del.Event
	s.dropped.Add(1 + uint64(vm.pending.drain()))
	if !late {
		s.lost(ev, trace.Suspended, s.sentence())
	}
	if late {
		s.mu.Unlock()
		vm.reprove(ev, fmt.Sprintf("stopped: the handlers of one event ran longer than %s together", fewHandlers*vm.limits.HandlerTime))
		s.mu.Lock()
	}
	return true
}

// reprove reports a limit that was hit outside of any handler. The baton is held.
func (vm *VM) reprove(ev *engine.Event, msg string) {
	vm.slot.failed.Add(1)
	vm.slot.lost(ev, trace.Limit, msg)
	vm.m.report(&Error{Script: vm.slot.name, Gen: vm.gen, Event: ev.ID, At: vm.m.clock.Now().UTC(), Msg: msg})
	vm.slot.strike(vm)
}
