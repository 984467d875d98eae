package script

import (
	"slices"

	"botd/engine"
)

// term is something outside the VM that holds while its generation serves.
type term struct{ begin, end func() }

// Term ties something outside the VM to the time in which this generation serves. begin is
// called once, in the order of the calls: at once if it serves, else as it takes over, before
// it gets any event and before [Manager.Load] returns. It must be quick and not come back
// to the manager. end is called once, from any goroutine, after what the next generation has begun, so
// that there is no moment between the two; also if this one never takes over. over calls it
// earlier. One that has been replaced begins nothing any more: the error has code Cancelled.
func (c *Call) Term(begin, end func()) (over func(), err error) {
	vm, t := c.vm, &term{begin, end}
	vm.slot.mu.Lock()
	served, retired := vm.served, vm.retired
	if !retired {
		vm.terms = append(vm.terms, t)
	}
	vm.slot.mu.Unlock()
	if retired {
		return nil, engine.Errorf(engine.Cancelled, "the script was loaded anew, or ended")
	}
	if served { // it is not replaced before its baton is free
		begin()
	}
	return func() {
		if vm.strikeTerm(t) {
			end()
		}
	}, nil
}

// strikeTerm takes a term off the list and reports whether it was there.
func (vm *VM) strikeTerm(t *term) bool {
	vm.slot.mu.Lock()
	defer vm.slot.mu.Unlock()
	i := slices.Index(vm.terms, t)
	if i >= 0 {
		vm.terms = slices.Delete(vm.terms, i, i+1)
	}
	return i >= 0
}

// takeTerms returns the terms that have not ended, for the caller to end. slot.mu is held.
func (vm *VM) takeTerms() []*term {
	list := vm.terms
	vm.terms = nil
	return list
}

func endTerms(list []*term) {
	for _, t := range list {
		t.end()
	}
}
