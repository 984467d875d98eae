package script

import (
	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

// maxCoroutines bounds coroutines inside coroutines: each level is several Go calls.
const maxCoroutines = 16

// coroutines is the coroutine library. Creating, and the switch itself, are
// gopher-lua's; the rest is ours, because the stock library lets coroutines resume each
// other until the Go stack overflows, keeps the meter of the handler that created a
// coroutine, goes on running one that yields through a Go function, and clears the
// frames of one that fell over a Go panic while closures still refer to them.
type coroutines struct {
	vm     *VM
	onFall func(*lua.LState) // fall, bound once
}

// stockWrap and stockResume are what is used of the stock library. Its module would be
// a waste of memory in every VM.
var stockWrap, stockResume = func() (wrap, resume lua.LGFunction) {
	L := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer L.Close()
	lua.OpenCoroutine(L)
	stock := L.Get(-1).(*lua.LTable)
	return stock.RawGetString("wrap").(*lua.LFunction).GFunction, stock.RawGetString("resume").(*lua.LFunction).GFunction
}()

func (vm *VM) openCoroutines() *lua.LTable {
	c := &coroutines{vm: vm}
	c.onFall = c.fall
	return vm.L.SetFuncs(vm.L.NewTable(), map[string]lua.LGFunction{
		"create": c.luaCreate, "resume": c.luaResume, "yield": c.luaYield,
		"wrap": c.luaWrap, "status": c.luaStatus, "running": c.luaRunning,
	})
}

func (c *coroutines) luaCreate(L *lua.LState) int {
	fn, ok := L.Get(1).(*lua.LFunction)
	if !ok || fn.IsG {
		lualib.Raise(L, "bad argument #1 to 'create' (Lua function expected)")
	}
	// With a context on L the new thread would get one derived from it, which counts nothing.
	t := taskOf(L)
	ctx := L.RemoveContext()
	defer L.SetContext(ctx)
	// One that is made by wrap tells the Panic of its parent when it fails, with its
	// frames intact. It leads to nobody but us: scripts never see what wrap returns.
	L.SetTop(0)
	L.Push(fn)
	stockWrap(L)
	co := L.Get(-1).(*lua.LFunction).Upvalues[0].Value()
	L.SetTop(0)
	L.Push(co)
	t.eval.made(co.(*lua.LState))
	return 1
}

func checkCoroutine(L *lua.LState, fn string) *lua.LState {
	co, ok := L.Get(1).(*lua.LState)
	if !ok {
		lualib.Raise(L, "bad argument #1 to '%s' (coroutine expected)", fn)
	}
	return co
}

// refuse says why co cannot be resumed now, "" if it can.
func (c *coroutines) refuse(t *Task, co *lua.LState) string {
	switch {
	case co.Dead:
		return "cannot resume dead coroutine"
	case t.eval.foreign(co):
		return "the coroutine is not of this evaluation, and this repl only reads; start it with --write"
	case len(t.cos) > 0 && t.cos[len(t.cos)-1] == co:
		return "cannot resume running coroutine"
	case c.isActive(co):
		return "cannot resume normal coroutine"
	case len(t.cos) >= maxCoroutines:
		return "stack overflow (too many nested coroutines)"
	}
	return ""
}

func (c *coroutines) isActive(co *lua.LState) bool {
	_, ok := c.vm.active[co]
	return ok
}

func (c *coroutines) luaResume(L *lua.LState) int {
	co := checkCoroutine(L, "resume")
	if why := c.refuse(taskOf(L), co); why != "" {
		L.Push(lua.LFalse)
		L.Push(lua.LString(why))
		return 2
	}
	n, err := c.run(L, co)
	if err != nil {
		L.Push(lua.LFalse)
		L.Push(err)
		return 2
	}
	L.Insert(lua.LTrue, L.GetTop()-n+1)
	return n + 1
}

func (c *coroutines) luaWrap(L *lua.LState) int {
	c.luaCreate(L)
	co := L.CheckThread(-1)
	// An upvalue, not a variable of Go's, so that the coroutine counts as kept.
	L.Push(L.NewClosure(func(L *lua.LState) int {
		co := L.Get(lua.UpvalueIndex(1)).(*lua.LState)
		if why := c.refuse(taskOf(L), co); why != "" {
			lualib.Raise(L, "%s", why)
		}
		L.Insert(co, 1)
		n, err := c.run(L, co)
		if err != nil {
			L.Error(err, 0)
		}
		return n
	}, co))
	return 1
}

// run resumes co with the arguments on L, which start at index 2, and leaves the n
// values it yielded or returned on top of L, or returns the error it ended with.
func (c *coroutines) run(L, co *lua.LState) (n int, err lua.LValue) {
	t := taskOf(L)
	c.vm.active[co] = struct{}{}
	t.cos = append(t.cos, co)
	onRaise := L.Panic
	defer func() {
		delete(c.vm.active, co)
		t.cos = pop(t.cos)
		L.G.CurrentThread = L
		L.Panic = onRaise
	}()
	co.SetContext(t) // its meter is that of whoever resumes it, each time
	L.G.CurrentThread = L
	L.Panic = c.onFall
	n, err = c.switchTo(L, co)
	if t.yielding == co {
		if err != nil || !stoppedAtYield(co) { // it called yield through a Go function
			co.Dead = true
			err = lua.LString(errYieldAcross.text)
		}
		t.settleYield()
	}
	if t.dead() != alive {
		lualib.Raise(L, "%s", t.Err().Error())
	}
	return n, err
}

// switchTo runs co until it yields, returns or fails.
func (c *coroutines) switchTo(L, co *lua.LState) (n int, err lua.LValue) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		co.Dead, co.Parent = true, nil
		if e, ok := r.(*lua.ApiError); ok {
			err = errorValue(e)
		} else {
			err = lua.LString(c.vm.panicked(co, r))
		}
	}()
	return stockResume(L), nil
}

// fall is called when co fails, with the error on top of its stack, or when its parent
// has no room for its values.
func (c *coroutines) fall(co *lua.LState) {
	err := co.Get(-1)
	// What was raised lies on the stack already; the text of a Go panic does not.
	if text, ok := err.(lua.LString); ok && c.isActive(co) && co.Get(-2) != err {
		err = lua.LString(c.vm.panicked(co, string(text)))
	}
	panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: err, StackTrace: unwinding})
}

// stoppedAtYield tells a coroutine that waits in yield from one that ran to its end
// after a yield that stopped nothing.
func stoppedAtYield(co *lua.LState) bool {
	_, ok := co.GetStack(0)
	return ok && !co.Dead
}

func (t *Task) settleYield() {
	t.yielding = nil
	t.steps = t.savedSteps
}

func (c *coroutines) luaYield(L *lua.LState) int {
	t := taskOf(L)
	if len(t.cos) == 0 {
		lualib.Raise(L, "attempt to yield from outside a coroutine")
	}
	if L != t.cos[len(t.cos)-1] || L.Parent == nil {
		lualib.Raise(L, "%s", errYieldAcross.text)
	}
	t.yielding, t.savedSteps, t.steps = L, t.steps, 0
	return -1
}

func (c *coroutines) luaStatus(L *lua.LState) int {
	co := checkCoroutine(L, "status")
	t := taskOf(L)
	status := "suspended"
	switch {
	case co.Dead:
		status = "dead"
	case len(t.cos) > 0 && t.cos[len(t.cos)-1] == co:
		status = "running"
	case c.isActive(co):
		status = "normal"
	}
	L.Push(lua.LString(status))
	return 1
}

func (c *coroutines) luaRunning(L *lua.LState) int {
	if t := taskOf(L); len(t.cos) > 0 {
		L.Push(t.cos[len(t.cos)-1])
	} else {
		L.Push(lua.LNil)
	}
	return 1
}
