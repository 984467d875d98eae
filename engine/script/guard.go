package script

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

// unwinding marks errors raised below the guard, so that gopher-lua does not build a
// traceback of its own: that one grows with every tail call.
const unwinding = "\x00"

// maxTrace bounds the traceback an author is shown.
const (
	maxTrace  = 12
	maxLevels = 300
)

// protect calls fn, which is on top of th below its n arguments, and leaves its results
// on th. Every protected call goes through here, for two reasons: the guard turns a
// Go panic (a full call stack or registry, a fault in a host function) into a Lua error
// while the frames are intact, and errors carry no traceback of the library's own.
func (vm *VM) protect(th *lua.LState, n, nret int) (err error) {
	defer func() { // the last line: a panic that gets past the guard
		if r := recover(); r != nil {
			vm.m.log.Error("panic passed the guard of a script", slog.String("script", vm.slot.name), slog.Any("err", r), slog.String("stack", string(debug.Stack())))
			err = &lua.ApiError{Type: lua.ApiErrorPanic, Object: lua.LString("internal error in the script host")}
		}
	}()
	return th.PCall(n+1, nret, nil)
}

// pushGuarded puts the guard and fn on th; the arguments follow, then protect.
func (vm *VM) pushGuarded(th *lua.LState, fn lua.LValue) {
	th.Push(vm.guard)
	th.Push(fn)
}

func (vm *VM) guarded(L *lua.LState) int {
	L.Panic = vm.onRaise
	defer vm.rethrow(L)
	L.Call(L.GetTop()-1, lua.MultRet)
	return L.GetTop()
}

// raise is what gopher-lua calls with the error on top of the stack. The frames are
// still there, so this is where a traceback can be had.
func (vm *VM) raise(L *lua.LState) {
	if t, ok := L.Context().(*Task); ok && L == t.th {
		t.trace = traceback(L)
	}
	panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: L.Get(-1), StackTrace: unwinding})
}

// rethrow turns a Go panic into a Lua error. It runs deferred in the guard.
func (vm *VM) rethrow(L *lua.LState) {
	r := recover()
	if r == nil {
		return
	}
	if _, ok := r.(*lua.ApiError); ok {
		panic(r)
	}
	msg := vm.panicked(L, r)
	if t, ok := L.Context().(*Task); ok && L == t.th {
		t.trace = traceback(L)
	}
	panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: lua.LString(msg), StackTrace: unwinding})
}

// panicked makes a Lua error of a Go panic on L, whose frames are intact.
func (vm *VM) panicked(L *lua.LState, r any) string {
	msg := fmt.Sprint(r)
	switch {
	case strings.Contains(msg, "callstack overflow"):
		msg = fmt.Sprintf("stack overflow (more than %d nested calls)", vm.L.Options.CallStackSize)
	case strings.Contains(msg, "registry overflow"), strings.Contains(msg, "index out of range [-1]"):
		// The second is what entering a function with too many arguments comes to: gopher-lua
		// looks up the position of its instruction -1 for the message.
		msg = "stack overflow (too many values)"
	default:
		vm.m.log.Error("host function panicked", slog.String("script", vm.slot.name), slog.Any("err", r), slog.String("stack", string(debug.Stack())))
		msg = "internal error in a host function: " + msg
	}
	closeUpvalues(L)
	return lualib.Where(L) + msg
}

// closeUpvalues lets closures that live on keep the variables of the frames that are
// about to go: raising an error does it, and nothing else that is public.
func closeUpvalues(L *lua.LState) {
	onRaise := L.Panic
	L.Panic = func(*lua.LState) { panic(unwinding) }
	defer func() {
		_ = recover()
		L.Panic = onRaise
	}()
	L.Error(lua.LNil, 0)
}

// traceback lists the calls on L, innermost first, "file:line: in function name". Every
// tail call counts as a level, and there may be millions: those after the first few
// hundred levels are not looked at.
func traceback(L *lua.LState) []string {
	var out []string
	for level := 0; len(out) < maxTrace && level < maxLevels; level++ {
		d, ok := L.GetStack(level)
		if !ok {
			break
		}
		if _, err := L.GetInfo("Sln", d, lua.LNil); err != nil || d.CurrentLine <= 0 {
			continue
		}
		name := "handler"
		if d.Name != "" && d.Name != "?" {
			name = "function " + d.Name
		}
		out = append(out, fmt.Sprintf("%s:%d: in %s", d.Source, d.CurrentLine, name))
	}
	return out
}

// maxProtected bounds pcall inside pcall: each level is a Go call and a Lua thread.
const maxProtected = 64

// pcall runs its function on a thread of its own. An error then closes the upvalues of
// that thread alone; on the caller's thread it would cut the closures of functions that
// go on living from their variables. It also makes a yield through pcall an ordinary
// error, as the manual demands.
func (vm *VM) pcall(L *lua.LState) int {
	if L.GetTop() == 0 {
		lualib.Raise(L, "bad argument #1 to 'pcall' (value expected)")
	}
	results, err := vm.callProtected(L, 1, L.GetTop()-1)
	if err != nil {
		L.SetTop(0)
		L.Push(lua.LFalse)
		L.Push(err)
		return 2
	}
	return 1 + results
}

func (vm *VM) xpcall(L *lua.LState) int {
	if L.GetTop() < 2 {
		lualib.Raise(L, "bad argument #2 to 'xpcall' (value expected)")
	}
	handler := L.Get(2)
	L.SetTop(1) // xpcall passes no arguments on
	results, errv := vm.callProtected(L, 1, 0)
	if errv == nil {
		return 1 + results
	}
	L.SetTop(0)
	L.Push(handler)
	L.Push(errv)
	results, errv = vm.callProtected(L, 1, 1)
	if errv != nil {
		L.SetTop(0)
		L.Push(lua.LFalse)
		L.Push(errv)
		return 2
	}
	if results > 1 { // a handler returns one value
		L.SetTop(2)
	}
	L.Replace(1, lua.LFalse)
	return L.GetTop()
}

// callProtected calls the function at index fn of L with the n arguments above it. On
// success L holds true and the results, and nothing else; on failure errv is not nil.
func (vm *VM) callProtected(L *lua.LState, fn, n int) (results int, errv lua.LValue) {
	t := taskOf(L)
	f := L.Get(fn)
	if !callable(L, f) {
		return 0, lua.LString("attempt to call a " + f.Type().String() + " value")
	}
	if len(t.inner) >= maxProtected {
		lualib.Raise(L, "stack overflow (more than %d nested pcall)", maxProtected)
	}
	th := vm.thread(t)
	vm.pushGuarded(th, f)
	for i := range n {
		th.Push(L.Get(fn + 1 + i))
	}
	t.inner = append(t.inner, th)
	err := vm.protect(th, n, lua.MultRet)
	t.inner = pop(t.inner)
	if t.dead() != alive {
		lualib.Raise(L, "%s", t.Err().Error()) // no pcall outlives the task
	}
	if err != nil {
		vm.freeThread(th)
		return 0, errorValue(err)
	}
	results = th.GetTop()
	L.SetTop(0)
	L.Push(lua.LTrue)
	th.XMoveTo(L, results)
	vm.freeThread(th)
	return results, nil
}

// pop takes the last thread off a list, and leaves nothing of it behind.
func pop(list []*lua.LState) []*lua.LState {
	last := len(list) - 1
	list[last] = nil
	return list[:last]
}

// errorValue is the Lua value of an error that gopher-lua returned.
func errorValue(err error) lua.LValue {
	if e, ok := err.(*lua.ApiError); ok && e.Object != nil {
		return e.Object
	}
	return lua.LString(err.Error())
}

// callable matters before a protected call: calling a value that is no function can
// empty the call stack in a way its unwinding does not survive.
func callable(L *lua.LState, v lua.LValue) bool {
	if _, ok := v.(*lua.LFunction); ok {
		return true
	}
	_, ok := L.GetMetaField(v, "__call").(*lua.LFunction)
	return ok
}

// taskOf is the task a thread runs under.
func taskOf(L *lua.LState) *Task { return L.Context().(*Task) }
