package script

import (
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

// watchdogTick is how often running handlers are looked at: the grain of the limits on
// time and allocation.
const watchdogTick = 2 * time.Millisecond

// watchdog ends handlers that run or allocate too much. It samples: nothing is
// measured on the path of an event. It sleeps while no script runs.
type watchdog struct {
	awake atomic.Bool
	heap  atomic.Uint64 // bytes the process has allocated, as of the last look
	bell  chan struct{}

	mu  sync.Mutex
	vms map[*VM]*sight // what it saw of each at its last look
}

// sight is what runs in a VM at a moment: a use of a task, in one slice. Two that are
// equal and name a task mean that it ran all the time in between.
type sight struct {
	task  *Task
	num   uint64
	slice uint64
}

func (vm *VM) sight() sight {
	s := sight{task: vm.running.Load(), slice: vm.slice.Load()}
	if s.task == nil {
		return sight{}
	}
	s.num = s.task.word.Load() >> 8
	if !s.lasts(vm) {
		return sight{}
	}
	return s
}

// lasts reports whether that slice still runs. A slice is counted before its task is
// named, so there is no moment at which an old slice seems to run a new use of the task.
func (s sight) lasts(vm *VM) bool { return vm.running.Load() == s.task && vm.slice.Load() == s.slice }

func newWatchdog() *watchdog {
	return &watchdog{bell: make(chan struct{}, 1), vms: map[*VM]*sight{}}
}

func (w *watchdog) add(vm *VM) {
	w.mu.Lock()
	w.vms[vm] = &sight{}
	w.mu.Unlock()
}

func (w *watchdog) remove(vm *VM) {
	w.mu.Lock()
	delete(w.vms, vm)
	w.mu.Unlock()
}

// kick wakes the watchdog; every slice of Lua begins with it.
func (w *watchdog) kick() {
	if w.awake.Load() {
		return
	}
	select {
	case w.bell <- struct{}{}:
	default:
	}
}

// run looks after the VMs until done is closed.
func (w *watchdog) run(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-w.bell:
		}
		w.awake.Store(true)
		for asleep := false; !asleep; asleep = w.doze() {
			if !w.watch(done) {
				return
			}
		}
	}
}

// doze goes to sleep, unless a handler began after the last look: it found the watchdog
// awake and did not ring.
func (w *watchdog) doze() bool {
	w.awake.Store(false)
	w.mu.Lock()
	defer w.mu.Unlock()
	for vm := range w.vms {
		if vm.running.Load() != nil {
			w.awake.Store(true)
			return false
		}
	}
	return true
}

// watch looks each tick until several looks have found nothing running, or until done
// is closed; it returns false then.
func (w *watchdog) watch(done <-chan struct{}) bool {
	tick := time.NewTicker(watchdogTick)
	defer tick.Stop()
	last, lastAlloc := time.Now(), heapAllocs()
	for quiet := 0; quiet < 5; {
		select {
		case <-done:
			return false
		case <-tick.C:
		}
		now, alloc := time.Now(), heapAllocs()
		w.heap.Store(alloc)
		if w.look(now.Sub(last), int64(alloc-lastAlloc)) {
			quiet = 0
		} else {
			quiet++
		}
		last, lastAlloc = now, alloc
	}
	return true
}

// longestTick is the most that a handler is charged for one tick. One that comes later
// than this tells that the process got no time to run.
const longestTick = 100 * time.Millisecond

// look charges the time and the allocation since the last look to the tasks that were
// running then and still are. It reports whether any runs.
func (w *watchdog) look(elapsed time.Duration, alloc int64) (running bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var long []*VM
	for vm, seen := range w.vms {
		now := vm.sight()
		running = running || now.task != nil
		if now.task != nil && now == *seen {
			long = append(long, vm)
		}
		*seen = now
	}
	blame := outOfAlloc
	if len(long) > 1 {
		blame = outOfAllocBeside
	}
	for _, vm := range long {
		w.vms[vm].charge(vm, min(elapsed, longestTick), alloc, blame)
	}
	return running
}

// longest is how long the handler that has run longest has done so since it last waited.
func (w *watchdog) longest() (d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for vm := range w.vms {
		if s := vm.sight(); s.task != nil {
			d = max(d, time.Duration(s.task.ran.Load()))
		}
	}
	return d
}

// charge adds to the sums of a task that runs and ends it over a limit.
func (s sight) charge(vm *VM, elapsed time.Duration, alloc int64, blame cause) {
	if !s.lasts(vm) {
		return
	}
	limit := vm.limits.HandlerTime
	if vm.starting.Load() {
		limit = vm.limits.LoadTime
	}
	if ran := s.task.ran.Add(int64(elapsed)); ran > int64(limit) {
		s.task.kill(s.num, outOfTime)
	}
	// The heap's growth is that of the whole process, so this is an upper bound: exact
	// while one script runs, too strict for the others beside a bomb.
	if sum := s.task.allocs.Add(alloc); sum > vm.limits.Alloc {
		s.task.kill(s.num, blame)
	}
}

var allocSample = sync.Pool{New: func() any {
	return &[]metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
}}

func heapAllocs() uint64 {
	s := allocSample.Get().(*[]metrics.Sample)
	defer allocSample.Put(s)
	metrics.Read(*s)
	return (*s)[0].Value.Uint64()
}
