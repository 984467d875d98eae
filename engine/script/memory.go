package script

import "botd/engine"

// What a script keeps is estimated by walking all it can reach, between two handlers.
// A walk is due when the script may have allocated a good part of its limit since the
// last one, so that its cost stays a fraction of the work that made it necessary.

// unitBytes is what one instruction may allocate, for deciding when a walk is due.
const unitBytes = 64

// minGrowth is the least a script must have allocated between two walks.
const minGrowth = 1 << 20

// checkMemory ends the generation if it keeps more than its limit. It is called with
// the baton whenever Lua has stopped running.
func (vm *VM) checkMemory(t *Task) {
	limit := vm.limits.Memory
	vm.grown += (t.mark-t.left())*unitBytes + t.charged
	t.mark, t.charged = t.left(), 0
	// Some instructions allocate far more than the rest. So a walk is also due when the
	// whole process has allocated as much as the script may keep.
	much := vm.limits.Memory > 0 && int64(vm.m.watchdog.heap.Load()-vm.heapAtWalk) > limit
	if vm.grown < vm.walkAt && !much || vm.closing {
		return
	}
	// What the process has allocated since bounds what this script can have added.
	now := heapAllocs()
	if grown := int64(now - vm.heapAtWalk); grown < vm.walkAt {
		vm.grown = grown
		return
	}
	vm.threads = nil // they still refer to the functions that ran on them last
	sum := vm.keeps(limit)
	vm.grown, vm.heapAtWalk = 0, now
	vm.walkAt = max(minGrowth, (limit-sum)/2)
	if sum > limit {
		vm.slot.endForMemory(vm)
	}
}

// keeps estimates what the script keeps, in bytes, and stops counting at limit.
func (vm *VM) keeps(limit int64) int64 {
	w := newWalker(limit)
	vm.walk(w)
	return w.sum
}

// walk walks all that the script keeps, and nothing of what operators evaluate in it.
func (vm *VM) walk(w *walker) {
	w.push(vm.L.G.Global)
	w.push(vm.L.G.Registry)
	for _, code := range vm.files {
		w.sum += int64(len(code)) * sizeSource
	}
	for _, r := range vm.required {
		if r.value != nil {
			w.push(r.value)
		}
	}
	vm.subs.Each(func(h any) {
		s := h.(*subscription)
		w.sum += s.weight
		w.push(s.fn)
	})
	for o := range vm.owned {
		if o.fn != nil {
			w.push(o.fn)
		}
	}
	if vm.state != nil {
		w.sum += int64(cap(vm.state.buf))
		w.push(vm.state.table)
	}
	for j := range vm.spawned {
		w.sum += int64(j.Keeps(w.visit))
	}
	for _, t := range vm.tasks {
		if t.eval == nil {
			w.task(t)
		}
	}
	w.walk()
}

// task counts a handler that runs or waits. Its goroutine keeps the stack it needed.
func (w *walker) task(t *Task) {
	w.sum += sizeParked + t.held
	calls := depthOf(t.th)
	w.push(t.th)
	for _, th := range t.inner {
		calls += depthOf(th)
		w.push(th)
	}
	for _, co := range t.cos {
		calls += depthOf(co)
		w.push(co)
	}
	w.sum += int64(max(0, calls-freeCalls)) * sizeCall
}

// Keeper is implemented by the Go values of objects that hold on to more memory than an
// object of a few fields, so that it counts as kept by the script that keeps the object.
type Keeper interface {
	// Keeps calls visit with the values of Lua that the object leads to and returns how
	// many bytes it has besides.
	Keeps(visit func(Value)) (bytes int)
}

// Keeps implements [Keeper].
func (d *Delivery) Keeps(func(Value)) int { return d.Event.Weight() + len(d.Args) }

// Keeps implements [Keeper].
func (t *Timer) Keeps(visit func(Value)) int {
	visit(Value{t.fn})
	return 0
}

// Keeps implements [Keeper].
func (s *Sub) Keeps(visit func(Value)) int {
	visit(Value{s.s.fn})
	return int(s.s.weight)
}

// Keeps implements [Keeper].
func (j *Job) Keeps(visit func(Value)) int {
	if j.fn.fn != nil {
		visit(Value{j.fn.fn})
	}
	for _, v := range j.args {
		visit(v)
	}
	for _, v := range j.results {
		visit(v)
	}
	return sizeSlot * (len(j.args) + len(j.results))
}

// Weight estimates the bytes that plain data takes.
func Weight(data any) int {
	ev := engine.Event{Body: engine.Custom{Data: data}}
	return ev.Weight()
}
