package script

import (
	"context"
	"math/rand/v2"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/i18n"
	"botd/engine/script/lualib"
	"botd/engine/script/luasrc"
)

// Source is a version of a script, ready to be loaded.
type Source struct {
	Name    string            // of the script, as the configuration and the log write it
	File    string            // name in messages, relative to the scripts folder: "hello.lua"
	Code    []byte            // Lua text
	Roots   []string          // folders require looks in, in this order
	Rooms   []engine.RoomGlob // the rooms it sees; none means all
	Config  map[string]any    // bot.config
	Places  map[string]string // where its parts stand, "config.yaml:12", by paths such as "texts[2].when"
	Secrets map[string]string // what secret.get gives; nil if it may not have any
	Hidden  []string          // what operators are not shown when they look into the script
	Texts   *i18n.Texts       // what i18n.t finds, and which language is spoken where; nil for nothing, in English
	Limits  Limits
	Reason  string // why it is loaded: start, saved, operator, config, restored

	// Generation numbers this load, if it is more than the number that is next.
	Generation uint64
	// Modules reads what require asks for; nil to read it from Roots.
	Modules func(name string) (ModuleFile, error)
	// Before, if not nil, is called once the version has loaded, with what it waits for.
	// It takes over when Before returns.
	Before func(*dispatch.Table)
}

// Load makes a new generation of a script beside the one that serves, and lets it take
// over between two events. If anything is wrong with it the old one serves on, and the
// error is an [*Error] that says what, where and how to cure it; it has been reported
// by then. Load returns once the new generation serves. If ctx ends first it returns
// too, and the new generation takes over later. After the end of [Manager.Run] it fails
// with Cancelled.
func (m *Manager) Load(ctx context.Context, src Source) error {
	if !m.begin() {
		return engine.Errorf(engine.Cancelled, "script %q: the daemon is stopping", src.Name)
	}
	defer m.beside.Done()
	return m.slot(src.Name).load(ctx, src)
}

func (s *Slot) load(ctx context.Context, src Source) error {
	s.loadMu.Lock()
	defer s.loadMu.Unlock()
	if s.gone {
		return engine.Errorf(engine.Cancelled, "script %q was unloaded", s.name)
	}
	return s.replace(ctx, src)
}

// replace makes the new generation and lets it take over. loadMu is held.
func (s *Slot) replace(ctx context.Context, src Source) error {
	vm, err := s.make(src)
	s.note(src, err)
	if err != nil {
		s.letGo()
		s.m.report(err)
		return err
	}
	if src.Before != nil {
		src.Before(vm.table)
	}
	s.swap(vm)
	select {
	case <-vm.serving:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-vm.gone:
	}
	select {
	case <-vm.serving: // and has ended since
		return nil
	default:
		return engine.Errorf(engine.Cancelled, "script %q was stopped before the new version could take over", s.name)
	}
}

// Check compiles and runs the main chunk of a script in a VM that is thrown away. The
// manager's door must be one without effects.
func (m *Manager) Check(src Source) error {
	s := &Slot{name: src.Name, m: m}
	vm, err := s.make(src)
	if err != nil {
		return err
	}
	if src.Before != nil {
		src.Before(vm.table)
	}
	vm.discard()
	return nil
}

// make builds a VM and runs the main chunk in it. The VM's baton stays with the caller.
func (s *Slot) make(src Source) (*VM, *Error) {
	s.gens = max(s.gens+1, src.Generation)
	vm := s.newVM(src)
	s.mu.Lock()
	s.uses = vm.uses
	s.mu.Unlock()
	proto, err := luasrc.Compile(src.File, src.Code, luasrc.Limits{})
	if err != nil {
		e := vm.describe(err, nil)
		e.Load = true
		vm.discard()
		return nil, e
	}
	s.m.library.offer(vm, src.Code)
	if err := vm.main(proto); err != nil {
		vm.discard()
		return nil, err
	}
	return vm, nil
}

func (s *Slot) newVM(src Source) *VM {
	limits := src.Limits.filled()
	vm := &VM{
		slot: s, m: s.m, gen: s.gens, reason: src.Reason, source: src, limits: limits, door: s.m.door,
		lib: map[any]any{}, files: map[string][]byte{src.File: src.Code},
		serving: make(chan struct{}), gone: make(chan struct{}), held: true, since: s.m.clock.Now(),
		subs: dispatch.NewBuilder(src.Rooms), owned: map[*owned]struct{}{},
		spawned: map[*Job]struct{}{}, active: map[*lua.LState]struct{}{}, walkAt: max(minGrowth, limits.Memory/4), heapAtWalk: heapAllocs(), required: map[string]*required{}, uses: map[string]bool{},
	}
	s.m.live.Add(1)
	s.m.watchdog.add(vm)
	vm.table = vm.subs.Build()
	vm.L = lua.NewState(lua.Options{
		SkipOpenLibs: true, CallStackSize: 200, MinimizeStackMemory: true,
		RegistrySize: smallStack, RegistryMaxSize: 16384, RegistryGrowStep: smallStack,
	})
	vm.onRaise = vm.raise
	vm.guard = vm.L.NewFunction(vm.guarded)
	vm.protected = vm.L.NewFunction(vm.pcall)
	vm.openGlobals()
	return vm
}

// openGlobals fills the global table: Lua's own safe part, what the VM replaces, and
// the modules of the library.
func (vm *VM) openGlobals() {
	L := vm.L
	L.G.MainThread, L.G.CurrentThread = L, L // else the first handler's thread would be
	L.G.Registry = L.CreateTable(0, 1)       // without room for the stock library's things
	lualib.Open(L, lualib.Options{Now: vm.m.clock.Now, Rand: rand.New(rand.NewPCG(vm.door.Rand(), vm.door.Rand()))})
	L.SetGlobal("pcall", vm.protected)
	L.SetGlobal("xpcall", L.NewFunction(vm.xpcall))
	L.SetGlobal("print", L.NewFunction(vm.print))
	L.SetGlobal("require", L.NewFunction(vm.require))
	L.SetGlobal("coroutine", lualib.ReadOnly(L, vm.openCoroutines()))
	vm.m.library.open(vm)
	if vm.m.onOpen != nil {
		vm.m.onOpen(vm)
	}
}

// main runs the main chunk.
func (vm *VM) main(proto *lua.FunctionProto) *Error {
	vm.top = proto.FunctionPrototypes
	t := vm.task(nil)
	t.loading = true
	l := vm.limits // as much work as time
	t.grant(int64(min(boundless, float64(l.Steps)*max(1, float64(l.LoadTime)/float64(l.HandlerTime)))))
	t.mark = t.left()
	vm.starting.Store(true)
	vm.pushGuarded(t.th, vm.L.NewFunctionFromProto(proto))
	vm.run(t, 0, 0)
	vm.starting.Store(false)
	defer vm.release(t)
	if t.err == nil && vm.closing {
		t.err = t.limitErr(outOfMemory)
	}
	if t.err != nil {
		return vm.describe(t.err, t)
	}
	return nil
}

// discard throws a VM away that never served. The caller has its baton.
func (vm *VM) discard() {
	vm.slot.mu.Lock()
	vm.retired = true
	vm.jobs.drain()
	vm.slot.mu.Unlock()
	vm.close()
}

// note remembers the outcome of a load for the status.
func (s *Slot) note(src Source, err *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.file = src.File
	if err == nil {
		s.source = src
	}
	s.problem = ""
	if err != nil {
		s.problem = err.Error()
	}
}

// end unloads and waits. loadMu is held.
func (s *Slot) end(ctx context.Context) error {
	s.gone = true
	s.mu.Lock()
	s.pardon()
	left := slices.Clone(s.leaving)
	if s.cur != nil {
		left = append(left, s.cur)
	}
	s.mu.Unlock()
	s.swap(nil)
	for _, vm := range left {
		select {
		case <-vm.gone:
		case <-ctx.Done():
			return engine.Errorf(engine.Timeout, "script %q is still busy", s.name)
		}
	}
	return nil
}

func (s *Slot) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.restful() {
		return false
	}
	if s.suspended || s.cur == nil {
		return true
	}
	for _, t := range s.cur.parked {
		if t.event != nil {
			return false
		}
	}
	return true
}

func (s *Slot) status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{
		Name: s.name, File: s.file, State: "running", Queued: s.box.len(), Problem: s.problem,
		Handled: s.handled.Load(), Errors: s.failed.Load(), Dropped: s.dropped.Load(),
	}
	switch {
	case s.suspended:
		st.State, st.Problem, st.Until = "suspended", s.why, s.until
	case s.cur == nil && s.problem == "":
		st.State = "loading"
	case s.cur == nil:
		st.State = "failed"
	case s.problem != "":
		st.State = "broken"
	}
	if s.cur != nil {
		st.Generation, st.Since, st.Waiting = s.cur.gen, s.cur.since, len(s.cur.parked)
	}
	return st
}
