package script

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
)

// MaxState is the most bytes of a script's state as it is kept.
const MaxState = 1 << 20

// stateDelay is how long after a handler has stopped running the state is looked at and
// handed to the [Door] if it has changed: it is kept within a second, and encoded at most
// twice in one, however many events there are. An event itself costs nothing.
const stateDelay = 500 * time.Millisecond

// state is the table that a script has from state{}, and how it is kept.
type state struct {
	table   *lua.LTable
	version int
	buf     []byte // of the last encoding, for the next
	problem string // why it could not be kept, "" if it was; said so

	armed bool        // stop is the timer of the next look; the baton guards both
	stop  func() bool // nil before the first
	due   bool        // it is time to look; guarded by slot.mu
}

// StateDef is what a script says about its state.
type StateDef struct {
	Version int
	Migrate Func // makes the table of this version of one of an earlier version; may be zero
	// Default has the fields of a new state, and those that an old one lacks.
	Default []StateField
}

// StateField is a field with its first value.
type StateField struct {
	Name  string
	Value Value
}

// State makes the script's state: what was kept of it, in the form of def. The version
// that serves stops between two events and goes on only if this one does not load, so
// that what it did last is in the table and nothing comes after. It raises where the
// state cannot be had.
func (c *Call) State(def StateDef) Value {
	vm := c.vm
	switch {
	case !c.Loading():
		c.Misuse("call it while the script loads, at the top of the file")
	case vm.state != nil:
		c.Misuse("it was called before; a script has one state")
	}
	first := vm.defaults(c, def)
	record, err := c.lastState()
	if err != nil {
		c.Misuse("%s", messageOf(err))
	}
	table := first
	c.Charge(len(record) / 32)
	if record != nil {
		table = c.migrated(def, record)
		for k, v := first.Next(lua.LNil); k != lua.LNil; k, v = first.Next(k) {
			if table.RawGet(k) == lua.LNil {
				table.RawSet(k, v)
			}
		}
	}
	st := &state{table: table, version: def.Version}
	if _, m := st.encode(vm); m != nil {
		c.Misuse("%s", m.text())
	}
	vm.state = st
	return Value{table}
}

// defaults makes a table of the first values. They are copied, so that what cannot be kept
// is found at once.
func (vm *VM) defaults(c *Call, def StateDef) *lua.LTable {
	t := vm.L.CreateTable(0, len(def.Default))
	for _, f := range def.Default {
		e := stateEncoder{vm: vm}
		if m := e.value(f.Value.lua()).at(f.Name); m != nil {
			c.BadArg("fields", "%s", m.text())
		}
		v, err := vm.decodeState(e.b)
		if err != nil {
			c.Raise("%s", err.Error())
		}
		t.RawSetString(f.Name, v)
	}
	return t
}

// lastState returns the record of the state as of now, nil if there is none. The
// version that serves is held from then on.
func (c *Call) lastState() ([]byte, error) {
	vm, s := c.vm, c.vm.slot
	vm.leave() // what follows is no running time of this script
	defer vm.enter(c.t)
	old, err := s.claim(context.Background())
	if err != nil {
		return nil, err
	}
	if old != nil && old.state != nil {
		old.keepState()
	}
	s.mu.Lock()
	left := slices.Clone(s.leaving)
	s.mu.Unlock()
	for _, vm := range left {
		if vm.state != nil && !vm.inherited {
			<-vm.gone // a version without a state came between: it keeps its own as it ends
		}
	}
	s.mu.Lock()
	record := s.record
	s.mu.Unlock()
	if record != nil {
		return record, nil
	}
	record, err = vm.door.LoadState(c.Origin())
	if err == nil && record != nil {
		s.mu.Lock()
		s.record = record
		s.mu.Unlock()
	}
	return record, err
}

// migrated makes the table of this version from a record.
func (c *Call) migrated(def StateDef, record []byte) *lua.LTable {
	old, from, err := c.vm.decodeRecord(record)
	switch {
	case err != nil:
		c.Misuse("what was kept is damaged: %s; botd kv list state/%s shows it", err, c.vm.slot.name)
	case from == def.Version:
		return old
	case from > def.Version:
		c.Misuse("what was kept has version %d, newer than version %d of the script; raise version to %d or above", from, def.Version, from)
	case def.Migrate.IsZero():
		c.Misuse("what was kept has version %d and the script version %d; add migrate = function(old, from_version) … end, or go back to version = %d", from, def.Version, from)
	}
	results := c.Call(def.Migrate, Value{old}, from)
	if len(results) == 0 || results[0].IsNil() {
		return old // changed in place, or good as it is
	}
	made, ok := results[0].v.(*lua.LTable)
	if !ok {
		c.Misuse("migrate must return a table, or nothing to keep the old one; it returned %s", described(results[0].v))
	}
	return made
}

// armState has the state looked at some time after Lua has run. The baton is held.
func (vm *VM) armState() {
	st := vm.state
	if st.armed || vm.starting.Load() {
		return
	}
	st.armed = true
	st.stop = vm.m.clock.AfterFunc(stateDelay, vm.stateDue)
}

// stateDue makes the look due. It is not a job: those of a suspended script do not run.
func (vm *VM) stateDue() {
	vm.slot.mu.Lock()
	if vm.retired {
		vm.slot.mu.Unlock()
		return
	}
	vm.state.due = true
	start := vm.take()
	vm.slot.mu.Unlock()
	if start {
		vm.m.runners.run(vm)
	}
}

// maxBegun is of how many events it is known that the state may hold them: far more than come
// until it is settled that they were handled.
const maxBegun = 2048

// begin takes note of an event that a handler is about to get, and that may come again after a
// crash: then the state, if it was written, holds what came of it. The baton is held.
func (vm *VM) begin(ev *engine.Event) {
	if vm.state == nil || ev.Key == "" {
		return
	}
	if n := len(vm.begun); n > 0 && vm.begun[n-1] == ev.ID { // by another handler
		return
	}
	vm.begun = append(vm.begun, ev.ID)
	if len(vm.begun) > maxBegun {
		vm.begun = vm.begun[1:]
	}
}

// lookAtState keeps the state if it is time to, and reports whether it did. slot.mu and the baton are
// held; it lets go of slot.mu meanwhile.
func (vm *VM) lookAtState() bool {
	if !vm.mustLook() {
		return false
	}
	st := vm.state
	st.due = false
	vm.slot.mu.Unlock()
	st.armed = false
	vm.keepState()
	vm.slot.mu.Lock()
	return true
}

// mustLook reports whether it is time to look at the state. slot.mu is held.
func (vm *VM) mustLook() bool { return vm.state != nil && vm.state.due && !vm.retired }

// keepState hands the state to the door if it has changed. What cannot be kept is
// reported, and the last that could stays what is kept. The baton is held.
func (vm *VM) keepState() {
	st, s := vm.state, vm.slot
	record, m := st.encode(vm)
	if m != nil {
		if text := m.text(); text != st.problem {
			st.problem = text
			s.failed.Add(1)
			vm.m.report(&Error{
				Script: s.name, Gen: vm.gen, At: vm.m.clock.Now().UTC(), Msg: "the state cannot be kept: " + text,
				Hint: "until that is mended a reload or restart brings back the state from before",
			})
		}
		return
	}
	st.problem = ""
	s.mu.Lock()
	same := bytes.Equal(record, s.record)
	if !same {
		record = slices.Clone(record)
		s.record = record
	}
	s.mu.Unlock()
	if !same {
		vm.door.SaveState(vm.origin(nil), record, vm.begun)
		vm.begun = nil
	}
}

// endState keeps the state for the last time: nothing of the generation runs any more.
// That of one that was replaced by another with a state has been taken over.
func (vm *VM) endState() {
	if vm.state == nil {
		return
	}
	if vm.state.stop != nil {
		vm.state.stop()
	}
	if vm.served && !vm.inherited {
		vm.keepState()
	}
}

// record is {"version":1,"data":{…}}.
func (st *state) encode(vm *VM) ([]byte, *mismatch) {
	e := stateEncoder{vm: vm, b: fmt.Appendf(st.buf[:0], `{"version":%d,"data":`, st.version)}
	m := e.fields(st.table)
	e.b = append(e.b, '}')
	st.buf = e.b
	if m == nil && len(e.b) > MaxState {
		m = tooLarge("")
	}
	return e.b, m
}

// claim takes the baton of the generation that serves, once it is between two events, and
// keeps it until letGo or a swap; nil if there is none.
func (s *Slot) claim(ctx context.Context) (*VM, error) {
	s.mu.Lock()
	vm := s.cur
	if vm == nil || s.claimed {
		s.mu.Unlock()
		return vm, nil
	}
	if !vm.held {
		vm.held, s.claimed = true, true
		s.mu.Unlock()
		return vm, nil
	}
	granted := make(chan struct{})
	s.claimant = granted
	s.mu.Unlock()
	select {
	case <-granted:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.claimant == granted { // not granted
		s.claimant = nil
		return nil, engine.Errorf(engine.Timeout, "the version that serves did not come to rest: %w", ctx.Err())
	}
	if s.claimed {
		return s.cur, nil
	}
	return nil, nil // it was unloaded instead
}

// grant gives the baton to whoever claims it; false if nobody does. s.mu and the baton of
// the generation that serves are held.
func (s *Slot) grant() bool {
	if s.claimant == nil {
		return false
	}
	s.claimed = s.cur != nil
	close(s.claimant)
	s.claimant = nil
	return s.claimed
}

// letGo gives a claimed baton back.
func (s *Slot) letGo() {
	s.mu.Lock()
	vm := s.cur
	was := s.claimed
	s.claimed = false
	s.mu.Unlock()
	if was {
		s.m.runners.run(vm)
	}
}

// Hold has a script stop between two events and hand its state to the door. Until
// Release, or until the script is loaded or unloaded, nothing of it runs. It does nothing
// if there is no such script. It returns early with ctx.
func (m *Manager) Hold(ctx context.Context, name string) error {
	m.mu.Lock()
	s := m.slots[name]
	m.mu.Unlock()
	if s == nil {
		return nil
	}
	s.loadMu.Lock() // one claim at a time
	defer s.loadMu.Unlock()
	vm, err := s.claim(ctx)
	if vm != nil && vm.state != nil {
		vm.keepState()
	}
	return err
}

// Release ends a Hold.
func (m *Manager) Release(name string) {
	m.mu.Lock()
	s := m.slots[name]
	m.mu.Unlock()
	if s != nil {
		s.letGo()
	}
}
