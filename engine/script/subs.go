package script

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/dispatch"
)

// Delivery is one event on its way through the handlers of one script. It is what a
// handler gets as its first argument; all handlers of the script get the same one.
type Delivery struct {
	Event      *engine.Event
	Command    string // the command word in lower case, "" if the line is no command
	Args       string // the rest of the line after the command word
	Prefix     string // what a command begins with there, "" if the line is no command
	MentionsMe bool
	arrived    time.Time // in the mailbox, if that is traced
	stopped    bool
	ud         *lua.LUserData // its object, made once
}

// Stop keeps the event from the handlers of this script that have not had it yet.
func (d *Delivery) Stop() { d.stopped = true }

// subscription is what an entry of the dispatch table leads to.
type subscription struct {
	id     uint64
	gen    uint64 // of the script
	fn     *lua.LFunction
	title  string // for people, if that is traced
	weight int64  // bytes its filter and names hold
	rooms  int    // patterns in its filter, and platforms
	args   bool   // a command: the handler gets the rest of the line too
	once   bool
	gone   bool
}

// Sub is a subscription a script can end.
type Sub struct {
	vm *VM
	s  *subscription
}

// Off ends the subscription, also for the event that is being delivered.
func (s *Sub) Off() { s.vm.unsubscribe(s.s) }

// What a script may have at a time. The numbers are far above what a sane one needs;
// they bound what a loop that never ends can pile up outside its VM.
const (
	maxSubs     = 10_000
	maxSubRooms = 2000
	maxTimers   = 10_000
	maxJobs     = 10_000 // spawned and not yet begun
	maxArgs     = 1000   // of a task
)

// Subscribe adds a handler. def.ID and def.Handler are chosen here. It fails with
// Invalid or Conflict if def makes no sense.
func (c *Call) Subscribe(def dispatch.Sub, fn Func, once bool) (*Sub, error) {
	vm := c.vm
	if vm.subs.Len() >= maxSubs {
		return nil, engine.Errorf(engine.Quota, "the script has %d subscriptions already; end those it no longer needs with sub:off()", maxSubs)
	}
	s := &subscription{gen: vm.gen, fn: fn.fn, args: len(def.Commands) > 0, once: once}
	if rooms := len(def.Filter.Rooms) + len(def.Filter.Platforms); vm.subRooms+rooms > maxSubRooms {
		return nil, engine.Errorf(engine.Quota, "the filters of the script's subscriptions name more than %d rooms and platforms", maxSubRooms)
	}
	if vm.m.trace != nil {
		def.Where = where(fn.fn)
		s.title = def.Title()
	}
	s.weight = int64(def.Weight())
	c.Alloc(int(s.weight))
	def.Handler = s
	id, err := vm.subs.Add(def)
	if err != nil {
		return nil, err
	}
	s.id, s.rooms = id, len(def.Filter.Rooms)+len(def.Filter.Platforms)
	vm.subRooms += s.rooms
	vm.changed = true
	return &Sub{vm, s}, nil
}

func (vm *VM) unsubscribe(s *subscription) {
	if !s.gone {
		s.gone = true
		vm.subs.Remove(s.id)
		vm.subRooms -= s.rooms
		vm.changed = true
	}
}

// publish makes changed subscriptions known to whoever delivers events. It is called
// whenever Lua stops running, so that many changes cost one table.
func (vm *VM) publish() {
	if !vm.changed {
		return
	}
	vm.changed = false
	vm.table = vm.subs.Build()
	vm.slot.mu.Lock()
	if vm.serves() {
		vm.slot.wait(vm.table)
	}
	vm.slot.mu.Unlock()
}

// invoke calls one handler with one event.
func (vm *VM) invoke(in invocation) {
	if in.sub.gone {
		return
	}
	if in.del.stopped {
		vm.stoppedShort(in)
		return
	}
	if in.sub.once {
		vm.unsubscribe(in.sub)
	}
	vm.begin(in.del.Event)
	t := vm.task(in.del.Event)
	defer vm.finish(t)
	if vm.m.trace != nil {
		t.handler, t.began = in.sub.title, vm.m.clock.Now()
		t.queued = t.began.Sub(in.del.arrived)
	}
	vm.pushGuarded(t.th, in.sub.fn)
	t.th.Push(vm.deliveryValue(in.del))
	n := 1
	if in.sub.args {
		t.th.Push(lua.LString(in.del.Args))
		n++
	}
	for _, c := range in.captures {
		t.th.Push(lua.LString(c))
		n++
	}
	vm.run(t, n, 0)
}

// run calls what pushGuarded put on the task's thread, with n arguments.
func (vm *VM) run(t *Task, n, nret int) {
	vm.enter(t)
	t.err = vm.protect(t.th, n, nret)
	vm.leave()
	vm.publish()
	vm.checkMemory(t)
}

// finish reports how a call ended and frees its task. It is deferred, and so is what it
// does itself: a generation whose task is not freed never ends.
func (vm *VM) finish(t *Task) {
	defer vm.release(t)
	vm.slot.handled.Add(1)
	dead := t.dead()
	t.traceEnd()
	if t.err != nil && !cancelledBy(dead) {
		vm.slot.failed.Add(1)
		vm.show(func() *Error { return vm.describe(t.err, t) })
	}
	if dead != alive && dead != outOfAllocBeside && !cancelledBy(dead) {
		vm.slot.strike(vm)
	}
}

// owned is something outside the VM that must end with its generation.
type owned struct {
	stop func()
	fn   *lua.LFunction // what it holds on to, if anything
}

func (vm *VM) own(fn *lua.LFunction, stop func()) *owned {
	o := &owned{stop, fn}
	vm.owned[o] = struct{}{}
	return o
}

// Own ties something of a module's to the generation: stop is called once when the
// generation ends, unless release was called before. Both run with the baton held.
func (c *Call) Own(stop func()) (release func()) {
	vm := c.vm
	o := vm.own(nil, stop)
	return func() { delete(vm.owned, o) }
}

// Timer calls a Lua function later, once or again and again.
type Timer struct {
	vm     *VM
	fn     *lua.LFunction
	every  time.Duration // 0: once
	due    time.Time
	cancel func() bool
	own    *owned
}

// After calls fn once after d, or with repeat every d. It ends with the generation.
// It fails with Quota if the script has too many timers.
func (c *Call) After(d time.Duration, repeat bool, fn Func) (*Timer, error) {
	if len(c.vm.owned) >= maxTimers {
		return nil, engine.Errorf(engine.Quota, "the script has %d timers already; end those it no longer needs with timer:stop()", maxTimers)
	}
	t := &Timer{vm: c.vm, fn: fn.fn, due: c.Now().Add(d)}
	if repeat {
		t.every = d
	}
	t.own = c.vm.own(fn.fn, func() { t.cancel() })
	t.arm(d)
	return t, nil
}

func (t *Timer) arm(d time.Duration) {
	t.cancel = t.vm.m.clock.AfterFunc(d, func() { t.vm.post(t.fire) })
}

// fire runs with the baton. A repeating timer is armed again before its handler runs,
// on the grid of its first due time; beats that were missed are skipped.
func (t *Timer) fire() {
	if t.own == nil {
		return
	}
	if t.every > 0 {
		now := t.vm.m.clock.Now()
		t.due = t.due.Add(t.every)
		if late := now.Sub(t.due); late > 0 {
			t.due = t.due.Add(late.Truncate(t.every) + t.every)
		}
		t.arm(t.due.Sub(now))
	} else {
		t.Stop()
	}
	task := t.vm.task(nil)
	defer t.vm.finish(task)
	t.vm.pushGuarded(task.th, t.fn)
	t.vm.run(task, 0, 0)
}

// Stop ends the timer; stopping twice is fine.
func (t *Timer) Stop() {
	if t.own == nil {
		return
	}
	t.cancel()
	delete(t.vm.owned, t.own)
	t.own = nil
}

// Job is a function that runs beside the handler that spawned it.
type Job struct {
	vm      *VM
	fn      Func // until it begins
	args    []Value
	task    *Task
	num     uint64
	done    bool
	results []Value
	err     error
	waiters []func()
}

// Spawn runs fn as a handler of its own, soon. Its errors are reported like those of
// any handler, unless quiet: then whoever waits for the job must look at them. It fails
// with Quota if there are too many of them or of args, with Cancelled during a reload.
func (c *Call) Spawn(quiet bool, fn Func, args ...Value) (*Job, error) {
	j := &Job{vm: c.vm, fn: fn, args: args}
	ev := c.t.event
	if len(args) > maxArgs {
		return nil, engine.Errorf(engine.Quota, "a task takes at most %d arguments; give it a table", maxArgs)
	}
	if c.vm.queued() >= maxJobs {
		return nil, engine.Errorf(engine.Quota, "%d tasks have been spawned and not begun", maxJobs)
	}
	if !c.vm.post(func() { j.run(ev, quiet) }) {
		return nil, engine.Errorf(engine.Cancelled, "the script is being reloaded")
	}
	c.vm.spawned[j] = struct{}{}
	return j, nil
}

// queued is how many jobs wait for their turn.
func (vm *VM) queued() int {
	vm.slot.mu.Lock()
	defer vm.slot.mu.Unlock()
	return vm.jobs.len()
}

func (j *Job) run(ev *engine.Event, quiet bool) {
	vm := j.vm
	fn, args := j.fn, j.args
	j.fn, j.args = Func{}, nil
	delete(vm.spawned, j)
	if j.done { // cancelled before it began
		return
	}
	t := vm.task(ev)
	defer vm.finish(t)
	if vm.m.trace != nil && ev != nil {
		t.handler, t.began = "task at "+where(fn.fn), vm.m.clock.Now()
	}
	j.task, j.num = t, t.num
	vm.pushGuarded(t.th, fn.fn)
	for _, a := range args {
		t.th.Push(a.lua())
	}
	vm.run(t, len(args), lua.MultRet)
	if t.err == nil {
		for i := 1; i <= t.th.GetTop(); i++ {
			j.results = append(j.results, Value{t.th.Get(i)})
		}
		t.th.SetTop(0)
	}
	j.end(t.err, quiet, t)
}

func (j *Job) end(err error, quiet bool, t *Task) {
	if err != nil {
		j.err = &RaisedError{Value: Value{errorValue(err)}}
		if t.dead() != alive {
			j.err = engine.Errorf(engine.Cancelled, "%s", t.Err())
		}
		if quiet {
			t.err = nil
		}
	}
	j.done = true
	for _, w := range j.waiters {
		w()
	}
	j.waiters, j.task = nil, nil
}

// Cancel ends the job at its next instruction or, if it waits, at once.
func (j *Job) Cancel() {
	switch {
	case j.done:
	case j.task == nil:
		j.done = true
		j.err = engine.Errorf(engine.Cancelled, "the task was cancelled")
		for _, w := range j.waiters {
			w()
		}
		j.waiters = nil
	default:
		j.task.cancel(j.num)
	}
}

// cancel ends use num of a task, parked or running. The baton is held.
func (t *Task) cancel(num uint64) {
	vm := t.vm
	t.kill(num, stopped)
	vm.slot.mu.Lock()
	if t.num == num && t.parked {
		t.waiting = false
		vm.makeReadyHeld(t)
	}
	vm.slot.mu.Unlock()
}

// Wait parks the caller until the job is done.
func (j *Job) Wait(c *Call) ([]Value, error) {
	if !j.done {
		c.Wait(func(end func()) func() {
			j.waiters = append(j.waiters, end)
			return nil
		})
	}
	return j.results, j.err
}

// OnDone calls f with the baton held once the job is done, at once if it is.
func (j *Job) OnDone(f func()) {
	if j.done {
		f()
		return
	}
	j.waiters = append(j.waiters, f)
}

// Done reports whether the job has ended, and how.
func (j *Job) Done() (results []Value, err error, done bool) { return j.results, j.err, j.done }
