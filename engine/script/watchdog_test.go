package script

import (
	"testing"
	"time"
)

// watched is a handler that runs, without Lua, in a script of its own that w looks after.
func (b *bench) watched(w *watchdog, name string) *Task {
	b.mustLoad(name, "")
	vm := b.m.slot(name).cur
	free := b.hold(name)
	b.t.Cleanup(func() { vm.leave(); free() })
	w.add(vm)
	t := vm.task(nil)
	vm.enter(t)
	return t
}

// A handler that begins while the watchdog is about to fall asleep finds it awake and
// does not ring. It must be seen all the same.
func TestWatchdogDoesNotSleepBesideAHandler(t *testing.T) {
	b, w := newBench(t), newWatchdog()
	t.Cleanup(b.stop)
	w.awake.Store(true)
	if w.look(watchdogTick, 0) {
		t.Fatal("a handler runs")
	}
	task := b.watched(w, "x") // between the last look and the sleep
	if w.doze() {
		t.Error("it fell asleep beside a running handler")
	}
	task.vm.leave()
	if !w.doze() {
		t.Error("it stays awake beside nobody")
	}
	task.vm.release(task)
}

// While the whole process is stopped, by the system or a debugger, nobody runs.
func TestTimeInWhichTheProcessWasStopped(t *testing.T) {
	b, w := newBench(t), newWatchdog()
	t.Cleanup(b.stop)
	task := b.watched(w, "x")
	w.look(watchdogTick, 0)
	w.look(time.Hour, 0)
	if c := task.dead(); c != alive {
		t.Errorf("ended by %d for an hour in which it did not run", c)
	}
	for range 2 * time.Minute / watchdogTick {
		w.look(watchdogTick, 0)
	}
	if c := task.dead(); c != outOfTime {
		t.Errorf("not ended after two minutes: %d", c)
	}
	task.vm.release(task)
}

// A tick that comes after the handler has ended must not charge the next one.
func TestTickMeantForTheHandlerBefore(t *testing.T) {
	b, w := newBench(t), newWatchdog()
	t.Cleanup(b.stop)
	task := b.watched(w, "x")
	vm := task.vm
	seen := vm.sight()
	vm.leave()
	vm.release(task)
	if vm.task(nil) != task {
		t.Fatal("the task was not used again")
	}
	vm.enter(task)
	seen.charge(vm, watchdogTick, 1<<40, outOfAlloc)
	if task.ran.Load() != 0 || task.allocs.Load() != 0 || task.dead() != alive {
		t.Errorf("charged %s, %d bytes, ended by %d", time.Duration(task.ran.Load()), task.allocs.Load(), task.dead())
	}
	vm.release(task)
}

// What a library function announces is seen on the heap as well. It counts once.
func TestAnnouncedMemoryCountsOnce(t *testing.T) {
	b, w := newBench(t), newWatchdog()
	t.Cleanup(b.stop)
	task := b.watched(w, "x")
	w.look(watchdogTick, 0)
	share := int(task.vm.limits.Alloc * 2 / 3)
	if !task.Alloc(share) {
		t.Fatal("refused")
	}
	w.look(watchdogTick, int64(share))
	if c := task.dead(); c != alive {
		t.Errorf("ended by %d", c)
	}
	if task.Alloc(share) || task.dead() != outOfAlloc {
		t.Errorf("not ended by the second: %d", task.dead())
	}
	task.vm.release(task)
}

// Beside a script that allocates without end another one may be ended too, since the
// heap does not tell whose memory it is. That is no reason to suspend it.
func TestNoStrikeForTheMemoryOfOthers(t *testing.T) {
	b, w := newBench(t), newWatchdog()
	t.Cleanup(b.stop)
	alone := b.watched(w, "alone")
	w.look(watchdogTick, 0)
	w.look(watchdogTick, 1<<40)
	alone.vm.leave()
	beside := []*Task{b.watched(w, "one"), b.watched(w, "two")}
	w.look(watchdogTick, 0)
	w.look(watchdogTick, 1<<40)
	for _, task := range append(beside, alone) {
		want := 0
		if task == alone {
			want = 1
		}
		if task.dead() == alive {
			t.Errorf("%s was not ended", task.vm.slot.name)
		}
		task.vm.finish(task)
		if got := task.vm.slot.strikes; got != want {
			t.Errorf("%s: %d strikes, want %d", task.vm.slot.name, got, want)
		}
	}
}
