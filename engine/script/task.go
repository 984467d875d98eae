package script

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script/lualib"
)

// cause says why a task must end. It is the low byte of Task.word.
type cause uint8

const (
	alive cause = iota
	outOfSteps
	outOfTime
	outOfAlloc
	outOfAllocBeside // while others ran too: perhaps it was their memory
	outOfMemory
	reloaded
	stopped
	interrupted // by the operator who wanted it
	tooLate     // a filter that nobody waits for any more
)

// Task is one call of a handler, from its first instruction until it returned, with
// all its waits. It is the [context.Context] of every Lua thread the call runs on:
// gopher-lua asks it before each instruction whether to go on, which is what counts
// the instructions.
//
// Only the goroutine that holds the VM's baton touches a task, except for the fields
// under "waiting" (the slot's mutex) and the atomic ones (the watchdog).
type Task struct {
	vm    *VM
	th    *lua.LState // the thread the handler itself runs on
	event *engine.Event

	steps     int64         // instruction units left of its turn
	later     int64         // units left after that, see grant
	announced int64         // bytes that library functions asked for
	mark      int64         // units left when checkMemory last looked
	charged   int64         // bytes announced since then
	held      int64         // bytes that Go code holds on its behalf, see Hold
	num       uint64        // grows with each use of a pooled task
	place     int           // in vm.tasks
	loading   bool          // the main chunk: it may not wait
	inner     []*lua.LState // of the protected calls it is inside of
	cos       []*lua.LState
	trace     []string    // where the error that ends it was raised
	err       error       // how the call ended
	eval      *evaluation // nil unless it is one

	// Of a call that is traced.
	handler string
	queued  time.Duration // the event, in the mailbox
	began   time.Time
	ranFor  time.Duration
	waited  time.Duration
	told    bool // that it waits

	// A coroutine that called yield, and the steps to give back once it really has
	// stopped. Until then the meter stands at zero: an instruction that runs all the
	// same tells that the yield went through a Go function and stopped nothing.
	yielding   *lua.LState
	savedSteps int64

	word   atomic.Uint64 // num<<8 | cause
	ran    atomic.Int64  // running time in ns, as the watchdog saw it
	allocs atomic.Int64  // growth of the heap meanwhile

	// waiting
	waitNo   uint64
	waiting  bool // wait waitNo has begun and not ended
	parked   bool
	parkedAt time.Time
	wake     chan struct{}
	index    int // in vm.parked
}

// limitError is what a task that must end raises. Its text reaches the author.
type limitError struct {
	cause cause
	text  string
}

func (e *limitError) Error() string { return e.text }

var _ lualib.Meter = (*Task)(nil)

func (t *Task) dead() cause { return cause(t.word.Load()) }

// kill ends the use num of the task; a later use of the pooled task is not touched.
func (t *Task) kill(num uint64, c cause) {
	t.word.CompareAndSwap(num<<8, num<<8|uint64(c))
}

// Deadline, Done, Err and Value make a task a context for gopher-lua, and for it alone:
// Done counts, and is not safe for other goroutines.
func (t *Task) Deadline() (time.Time, bool) { return time.Time{}, false }

var closedChan = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (t *Task) Done() <-chan struct{} {
	t.steps--
	if t.steps >= 0 && t.word.Load()&0xff == 0 {
		return nil
	}
	return t.spent()
}

func (t *Task) spent() <-chan struct{} {
	if t.nextTurn() {
		return nil
	}
	return closedChan
}

// turn is how many units a handler runs before it lets others have the processor, some
// tenths of a millisecond. Go itself takes it away after ten, and looks at timers no
// sooner if every processor has such a handler: too late for those who wait for an answer.
const turn = 20_000

// grant sets the units that are left.
func (t *Task) grant(units int64) {
	t.steps = min(units, turn)
	t.later = units - t.steps
}

// left is how many units are left, less than 0 if more were taken.
func (t *Task) left() int64 { return t.steps + t.later }

// nextTurn begins another turn after letting others run. It reports false, and ends the
// task, if nothing is left for one.
func (t *Task) nextTurn() bool {
	if t.dead() != alive || t.yielding != nil {
		return false
	}
	if t.left() < 0 {
		t.kill(t.num, outOfSteps)
		return false
	}
	t.grant(t.left())
	runtime.Gosched()
	return t.dead() == alive
}

func (t *Task) Value(any) any { return nil }

// Err tells why Done is closed.
func (t *Task) Err() error {
	if t.dead() == alive && t.yielding != nil {
		return errYieldAcross
	}
	return t.limitErr(t.dead())
}

var errYieldAcross = &limitError{text: "attempt to yield across metamethod/C-call boundary"}

func (t *Task) limitErr(c cause) error {
	l := t.vm.limits
	switch c {
	case outOfSteps:
		if t.loading {
			return &limitError{c, "stopped: too many instructions while it loads (limits.steps, more if load_time is above handler_time)"}
		}
		return &limitError{c, fmt.Sprintf("stopped: more than %d instructions in one handler (limits.steps)", l.Steps)}
	case outOfTime:
		if t.loading {
			return &limitError{c, fmt.Sprintf("stopped: took longer than %s to load (limits.load_time)", l.LoadTime)}
		}
		return &limitError{c, fmt.Sprintf("stopped: ran longer than %s (limits.handler_time)", l.HandlerTime)}
	case outOfAlloc:
		return &limitError{c, fmt.Sprintf("stopped: allocated more than %d MiB in one handler (limits.alloc)", l.Alloc>>20)}
	case outOfAllocBeside:
		return &limitError{c, fmt.Sprintf("stopped: more than %d MiB were allocated while it ran beside other scripts (limits.alloc)", l.Alloc>>20)}
	case outOfMemory:
		return &limitError{c, fmt.Sprintf("stopped: the script keeps more than %d MiB (limits.memory)", l.Memory>>20)}
	case reloaded:
		return &limitError{c, "cancelled: the script was reloaded"}
	case stopped:
		return &limitError{c, "cancelled: the script was stopped"}
	case interrupted:
		return &limitError{c, "cancelled by the one who wanted it"}
	case tooLate:
		return &limitError{c, fmt.Sprintf("stopped: a filter has %s to decide, waits included, and less if too much waits for it", dispatch.Patience)}
	}
	return nil
}

// Charge takes n units for work a library function does in Go. It reports false once
// the task must end.
func (t *Task) Charge(n int) bool {
	t.steps -= int64(n)
	if t.steps >= 0 && t.word.Load()&0xff == 0 {
		return true
	}
	return t.nextTurn()
}

// Alloc accounts for n bytes a library function is about to allocate in one piece.
func (t *Task) Alloc(n int) bool {
	t.charged += int64(n)
	t.announced += int64(n)
	if t.announced > t.vm.limits.Alloc {
		t.kill(t.num, outOfAlloc)
		return false
	}
	return t.dead() == alive
}

// Hold accounts for n bytes that a library function keeps while it calls back into the
// script, which may wait there.
func (t *Task) Hold(n int) {
	t.held += int64(n)
	t.charged += int64(max(n, 0))
}

// begin enters a wait and returns its number. The caller holds the baton. It raises a
// Lua error where the task may not wait.
func (t *Task) begin(L *lua.LState) uint64 {
	vm := t.vm
	if t.loading {
		lualib.Raise(L, "cannot wait while the script loads; do it in a handler or in bot.spawn")
	}
	vm.slot.mu.Lock()
	full := len(vm.parked) >= vm.limits.Waiting
	if !full {
		t.waitNo++
		t.waiting = true
	}
	n := t.waitNo
	vm.slot.mu.Unlock()
	if full {
		lualib.Raise(L, "quota: %d handlers wait already (limits.waiting)", vm.limits.Waiting)
	}
	return n
}

// end ends wait n, from any goroutine and any number of times; only the first call for
// the wait that is on counts.
func (t *Task) end(n uint64) {
	vm := t.vm
	vm.slot.mu.Lock()
	if !t.waiting || t.waitNo != n {
		vm.slot.mu.Unlock()
		return
	}
	t.waiting = false
	start := t.parked && vm.makeReady(t)
	vm.slot.mu.Unlock()
	if start {
		vm.m.runners.run(vm)
	}
}

// park gives the baton away until the wait has ended, and returns with the baton. If the
// task must end by then it raises.
func (t *Task) park(L *lua.LState) {
	vm := t.vm
	vm.publish()
	t.charged += sizeParked
	vm.checkMemory(t)
	vm.slot.mu.Lock()
	if t.waiting && !vm.retired && t.dead() == alive {
		t.parked = true
		t.parkedAt = vm.m.clock.Now()
		t.traceWait()
		t.index = len(vm.parked)
		vm.parked = append(vm.parked, t)
		vm.leave()
		next := vm.handOver()
		vm.slot.mu.Unlock()
		if next {
			vm.m.runners.run(vm)
		}
		<-t.wake
		vm.enter(t)
		t.refill()
	} else {
		if t.waiting { // no wait begins any more
			t.waiting = false
			t.kill(t.num, reloaded) // unless something else ended it
		}
		vm.slot.mu.Unlock()
	}
	if t.dead() != alive {
		lualib.Raise(L, "%s", t.Err().Error())
	}
}

// refill gives back instructions and running time for the time spent parked: a full
// bucket for each second. The baton is held.
func (t *Task) refill() {
	l := t.vm.limits
	waited := t.vm.m.clock.Now().Sub(t.parkedAt)
	t.waited += waited
	share := min(float64(waited)/float64(time.Second), 1)
	t.grant(min(int64(l.Steps), t.left()+int64(share*float64(int64(l.Steps)))))
	t.mark = t.left()
	t.ran.Store(max(0, t.ran.Load()-int64(share*float64(l.HandlerTime))))
	back := int64(share * float64(l.Alloc))
	t.announced = max(0, t.announced-back)
	t.allocs.Store(max(0, t.allocs.Load()-back))
}

// await runs start, which must call end exactly when what is waited for has come, and
// parks until then. cancel is called if the task is ended while it waits.
func (t *Task) await(L *lua.LState, start func(end func()) (cancel func())) {
	n := t.begin(L)
	cancel := start(func() { t.end(n) })
	done := false
	defer func() {
		if !done && cancel != nil {
			cancel()
		}
	}()
	t.park(L)
	done = true
}
