package script

import (
	"sync"
	"sync/atomic"
)

// runners is a pool of goroutines that run VMs. A VM without work has no goroutine;
// taking a parked one keeps its grown stack and costs a quarter of a fresh go
// statement. The last one to go idle is the first to be used again.
type runners struct {
	keep  int           // idle goroutines kept
	turns atomic.Uint64 // calls of run

	mu     sync.Mutex
	idle   []chan *VM
	closed bool
	wg     sync.WaitGroup
}

// run gives vm, whose baton the caller holds, to a goroutine.
func (r *runners) run(vm *VM) {
	r.turns.Add(1)
	r.mu.Lock()
	if n := len(r.idle); n > 0 {
		ch := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.mu.Unlock()
		ch <- vm
		return
	}
	r.wg.Add(1)
	r.mu.Unlock()
	go r.work(vm)
}

func (r *runners) work(vm *VM) {
	defer r.wg.Done()
	ch := make(chan *VM, 1)
	for {
		vm.loop()
		r.mu.Lock()
		if r.closed || len(r.idle) >= r.keep {
			r.mu.Unlock()
			return
		}
		r.idle = append(r.idle, ch)
		r.mu.Unlock()
		var ok bool
		if vm, ok = <-ch; !ok {
			return
		}
	}
}

// close ends the idle goroutines and waits for the busy ones. No run may follow.
func (r *runners) close() {
	r.mu.Lock()
	r.closed = true
	for _, ch := range r.idle {
		close(ch)
	}
	r.idle = nil
	r.mu.Unlock()
	r.wg.Wait()
}
