package script

import (
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/dispatch"
)

// VM is one generation of a script: one Lua state, used by one goroutine at a time.
//
// Whoever has the baton is the loop: it takes what is next, runs it, and goes on until
// nothing is left. A handler that starts to wait hands the baton to a handler whose
// wait is over, or to a goroutine of the pool if there is other work, and blocks its
// own goroutine. So there are as many goroutines as parked handlers, plus at most one
// for each busy VM, and none for an idle one.
type VM struct {
	slot   *Slot
	m      *Manager
	gen    uint64
	reason string
	source Source
	limits Limits

	L         *lua.LState // never runs anything itself: threads are made from it
	door      Door
	lib       map[any]any       // what modules keep for this VM
	bound     binding           // what the library made for this VM
	files     map[string][]byte // sources, by their name in error messages
	guard     *lua.LFunction    // see guarded
	protected *lua.LFunction    // pcall
	onRaise   func(*lua.LState) // raise, bound once

	serving chan struct{} // closed once this generation is the one that serves
	gone    chan struct{} // closed once nothing of it is left
	since   time.Time

	// Guarded by slot.mu.
	held    bool          // somebody has the baton
	ready   queue[*Task]  // handlers whose wait is over, in that order
	jobs    queue[func()] // timers and tasks of this generation
	parked  []*Task
	uses    map[string]bool // files it requires, by path
	retired bool
	terms   []*term // what holds while it serves
	turn    uint8

	// Owned by the holder of the baton.
	begun      []engine.EventID  // see begin
	asked      bool              // the last piece of work was a question to a filter
	arrived    time.Time         // when the event at hand came, if that is traced
	entered    time.Time         // when the slice at hand began, likewise
	pending    queue[invocation] // handlers of the event that is being delivered
	until      time.Time         // when they must be done, zero if they are few
	matching   int               // steps its patterns may still take
	table      *dispatch.Table
	subs       *dispatch.Builder
	subRooms   int  // patterns in the filters of subs, and platforms
	changed    bool // subs differ from table
	required   map[string]*required
	owned      map[*owned]struct{}      // timers and others that end with the generation
	tasks      []*Task                  // that have begun and not ended
	spawned    map[*Job]struct{}        // not yet begun
	storing    sluice                   // what is on its way to the store and back
	idle       []*Task                  // pooled
	threads    []*lua.LState            // pooled
	active     map[*lua.LState]struct{} // coroutines between resume and yield
	closed     bool
	grown      int64 // bytes it may have allocated since the last walk
	walkAt     int64 // how many make a walk due
	heapAtWalk uint64
	closing    bool                    // over its memory limit: it is about to be retired
	state      *state                  // nil if the script has none
	top        []*lua.FunctionProto    // functions right in the main chunk: what they share are its locals
	locals     map[string]*lua.Upvalue // of the main chunk; nil until somebody asks
	evals      []*evalSession          // of operators, the latest last
	served     bool
	inherited  bool // the generation after it has taken over its state

	// For the watchdog: the running task, and a count that changes with each slice.
	running  atomic.Pointer[Task]
	slice    atomic.Uint64
	starting atomic.Bool // the main chunk runs
}

// post runs f with the baton, some time later. It reports false if the generation has
// ended; f is then never run.
func (vm *VM) post(f func()) bool {
	vm.slot.mu.Lock()
	if vm.retired {
		vm.slot.mu.Unlock()
		return false
	}
	vm.jobs.push(f)
	start := vm.take()
	vm.slot.mu.Unlock()
	if start {
		vm.m.runners.run(vm)
	}
	return true
}

// retire ends a generation: no new wait or job begins, and what is parked is woken to
// unwind. slot.mu is held; true means that the caller must give the VM to a runner.
func (vm *VM) retire(c cause) bool {
	if vm.retired {
		return false
	}
	vm.retired = true
	vm.jobs.drain()
	for len(vm.parked) > 0 {
		t := vm.parked[0]
		t.kill(t.num, c)
		t.waiting = false
		vm.makeReadyHeld(t)
	}
	return vm.take()
}

// makeReadyHeld is makeReady without claiming the baton.
func (vm *VM) makeReadyHeld(t *Task) {
	held := vm.held
	vm.held = true
	vm.makeReady(t)
	vm.held = held
}

// close frees what the generation owns. The last holder of the baton calls it.
func (vm *VM) close() {
	for o := range vm.owned {
		o.stop()
	}
	clear(vm.owned)
	vm.slot.mu.Lock()
	over := vm.takeTerms()
	vm.slot.mu.Unlock()
	endTerms(over)
	vm.endState()
	vm.closed = true
	vm.threads, vm.idle, vm.lib = nil, nil, nil
	vm.L.Close()
	vm.m.closed(vm)
}

// enter and leave frame every stretch of Lua for the watchdog.
func (vm *VM) enter(t *Task) {
	if vm.m.trace != nil {
		vm.entered = time.Now()
	}
	vm.slice.Add(1) // first: see sight
	vm.running.Store(t)
	vm.m.watchdog.kick()
}

func (vm *VM) leave() {
	if t := vm.running.Load(); t != nil && vm.m.trace != nil {
		t.ranFor += time.Since(vm.entered)
	}
	vm.running.Store(nil)
	if vm.state != nil {
		vm.armState()
	}
}

// task takes a task with a thread from the pools. The baton is held.
func (vm *VM) task(ev *engine.Event) *Task {
	var t *Task
	if n := len(vm.idle); n > 0 {
		t, vm.idle = vm.idle[n-1], vm.idle[:n-1]
	} else {
		t = &Task{vm: vm, wake: make(chan struct{}, 1)}
	}
	t.num++
	t.word.Store(t.num << 8)
	t.grant(int64(vm.limits.Steps))
	t.mark, t.charged, t.announced = int64(vm.limits.Steps), 0, 0
	if t.ran.Load()|t.allocs.Load() != 0 { // seldom: most handlers are shorter than a tick
		t.ran.Store(0)
		t.allocs.Store(0)
	}
	t.event = ev
	t.handler, t.queued, t.began, t.ranFor, t.waited, t.told = "", 0, time.Time{}, 0, 0, false
	t.th = vm.thread(t)
	t.place = len(vm.tasks)
	vm.tasks = append(vm.tasks, t)
	return t
}

const (
	pooled     = 8   // tasks and threads a VM keeps
	smallStack = 128 // values a thread has room for at first
)

// release gives a task back whose call has returned.
func (vm *VM) release(t *Task) {
	last := len(vm.tasks) - 1
	vm.tasks[t.place] = vm.tasks[last]
	vm.tasks[t.place].place = t.place
	vm.tasks[last] = nil
	vm.tasks = vm.tasks[:last]
	vm.freeThread(t.th)
	t.th, t.event, t.trace, t.err, t.yielding = nil, nil, nil, nil, nil
	t.cos = t.cos[:0]
	t.held = 0
	t.inner = t.inner[:0]
	t.loading = false
	t.eval = nil
	if len(vm.idle) < pooled {
		vm.idle = append(vm.idle, t)
	}
}

// thread takes a clean Lua thread that runs under t.
func (vm *VM) thread(t *Task) *lua.LState {
	var th *lua.LState
	if n := len(vm.threads); n > 0 {
		th, vm.threads = vm.threads[n-1], vm.threads[:n-1]
	} else {
		th, _ = vm.L.NewThread() // L has no context, so neither has th
	}
	th.SetContext(t)
	return th
}

// freeThread keeps a thread whose protected call has returned, which leaves no frame,
// if no value is left on it either. Its stack of values never shrinks, so one that grew
// much is not kept.
func (vm *VM) freeThread(th *lua.LState) {
	if len(vm.threads) < pooled && th.GetTop() == 0 && len(valuesOf(th)) <= 4*smallStack {
		vm.threads = append(vm.threads, th)
	}
}
