package script

import (
	"bytes"
	"reflect"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	"botd/engine/dispatch"
)

// Contest holds a script twice: in the sandbox, as events reach it, and as a host
// without one would run it. Both have the same functions of botd to call.
type Contest struct{ hosted, raw *VM }

// Handler is a function of the script, called by Hosted and by Raw with the same
// arguments. Raw fails if it waits.
type Handler struct {
	Hosted func()
	Raw    func() error
}

// NewContest loads a script both ways. The manager must run.
func NewContest(m *Manager, src Source) (*Contest, error) {
	s := m.slot(src.Name)
	hosted, e := s.make(src) // its baton is ours from now on, so nothing else runs in it
	if e != nil {
		return nil, e
	}
	raw := s.newVM(src)
	if err := raw.unsandbox(src); err != nil {
		return nil, err
	}
	return &Contest{hosted, raw}, nil
}

func (c *Contest) Close() { c.hosted.discard(); c.raw.discard() }

// unsandbox gives a VM the stock library, and runs the script as the stock compiler
// understands it.
func (vm *VM) unsandbox(src Source) error {
	L := vm.L
	for _, v := range []lua.LValue{lua.LNumber(0), lua.LNil, lua.LFalse, &lua.LFunction{}, &lua.LState{}} {
		L.SetMetatable(v, lua.LNil)
	}
	for _, open := range []lua.LGFunction{lua.OpenBase, lua.OpenTable, lua.OpenString, lua.OpenMath, lua.OpenCoroutine} {
		L.Push(L.NewFunction(open))
		L.Call(0, 0)
	}
	vm.m.library.offer(vm, src.Code)
	chunk, err := parse.Parse(bytes.NewReader(src.Code), src.File)
	if err != nil {
		return err
	}
	proto, err := lua.Compile(chunk, src.File)
	if err != nil {
		return err
	}
	th, _ := vm.unmetered()
	return th.CallByParam(lua.P{Fn: L.NewFunctionFromProto(proto), Protect: true})
}

// unmetered makes a thread on which gopher-lua asks nobody whether to go on. Functions
// of botd find their task all the same.
func (vm *VM) unmetered() (*lua.LState, *Task) {
	field := fieldOf(reflect.TypeFor[lua.LState](), "mainLoop").Offset
	plain := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(vm.L), field))
	t := vm.task(nil)
	t.loading = true // so that a wait is an error
	*(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(t.th), field)) = plain
	return t.th, t
}

// Lines are lines that call each command of the script.
func (c *Contest) Lines() (out []string) {
	for _, name := range c.hosted.subs.Build().Commands() {
		out = append(out, "!"+name+" some text")
	}
	return out
}

// On lists the handlers a line reaches.
func (c *Contest) On(line string) []Handler {
	p := prepared(line)
	a, b := c.hosted.matched(&p), c.raw.matched(&p)
	th, t := c.raw.unmetered()
	out := make([]Handler, len(a))
	for i := range a {
		out[i] = Handler{
			Hosted: func() { c.hosted.invoke(a[i].again()); c.hosted.settle() },
			Raw: func() error {
				in := b[i].again()
				t.event, t.steps, t.announced = p.Event, 1<<40, 0
				args := []lua.LValue{c.raw.deliveryValue(in.del)}
				if in.sub.args {
					args = append(args, lua.LString(in.del.Args))
				}
				for _, s := range in.captures {
					args = append(args, lua.LString(s))
				}
				err := th.CallByParam(lua.P{Fn: in.sub.fn, Protect: true}, args...)
				c.raw.settle()
				return err
			},
		}
	}
	return out
}

// Timers lists what the script has timers call.
func (c *Contest) Timers() []Handler {
	timers := func(vm *VM) (out []*lua.LFunction) {
		for o := range vm.owned {
			if o.fn != nil {
				out = append(out, o.fn)
			}
		}
		return out
	}
	a, b := timers(c.hosted), timers(c.raw)
	if len(a) != 1 { // their order is not known
		return nil
	}
	th, t := c.raw.unmetered()
	return []Handler{{
		Hosted: func() {
			task := c.hosted.task(nil)
			c.hosted.pushGuarded(task.th, a[0])
			c.hosted.run(task, 0, 0)
			c.hosted.finish(task)
			c.hosted.settle()
		},
		Raw: func() error {
			t.steps, t.announced = 1<<40, 0
			err := th.CallByParam(lua.P{Fn: b[0], Protect: true})
			c.raw.settle()
			return err
		},
	}}
}

// again is the invocation with a delivery of its own, as each event has.
func (in invocation) again() invocation {
	d := *in.del
	d.ud = nil
	in.del = &d
	return in
}

func (vm *VM) matched(p *dispatch.Prepared) (out []invocation) {
	vm.table = vm.subs.Build()
	vm.match(p)
	for vm.pending.len() > 0 {
		out = append(out, vm.pending.pop())
	}
	return out
}

// settle runs what the handler left behind, such as receipts.
func (vm *VM) settle() {
	for {
		vm.slot.mu.Lock()
		if vm.jobs.len() == 0 {
			vm.slot.mu.Unlock()
			return
		}
		job := vm.jobs.pop()
		vm.slot.mu.Unlock()
		job()
	}
}
