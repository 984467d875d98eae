package script

import (
	"errors"
	"fmt"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
)

// Misuse raises an error about a wrong call: it begins with the name of the function
// and points at the caller's line. It does not return.
func (c *Call) Misuse(format string, args ...any) {
	c.Raise("%s%s", c.callee(), fmt.Sprintf(format, args...))
}

// BadArg is [Call.Misuse] for the argument of that name.
func (c *Call) BadArg(name, format string, args ...any) {
	where := name
	if f := c.function(); f != nil {
		for _, v := range append([]*Function{f}, f.variants...) {
			if i := v.place(name); i > 0 {
				where = fmt.Sprintf("argument %d (%s)", i, name)
			}
		}
	}
	c.Misuse("%s: %s", where, fmt.Sprintf(format, args...))
}

// place is the number of an argument, 0 if there is none of that name.
func (f *Function) place(name string) int {
	if f.plan == nil {
		return 0
	}
	return 1 + slices.IndexFunc(f.plan.fields, func(fd field) bool { return fd.name == name })
}

func (c *Call) callee() string {
	if f := c.function(); f != nil {
		return f.path + ": "
	}
	return ""
}

// function is the library function that runs, found on the stack: only messages need
// it, so a call does not carry it.
func (c *Call) function() *Function {
	d, ok := c.L.GetStack(0)
	if !ok {
		return nil
	}
	v, err := c.L.GetInfo("f", d, lua.LNil)
	if err != nil {
		return nil
	}
	fn, _ := v.(*lua.LFunction)
	return c.vm.m.library.functions[fn]
}

// Rethrow raises an error that came out of another handler or a protected call: what
// a script raised goes on as it was. It does not return.
func (c *Call) Rethrow(err error) {
	var raised *RaisedError
	if errors.As(err, &raised) {
		c.L.Error(raised.Value.lua(), 0)
	}
	c.L.Error(c.vm.errorTable(engine.AsError(err)), 0)
}

// pushError puts nil and the error on the stack: what a script gets when an action
// failed.
func (c *Call) pushError(err error) int {
	c.L.Push(lua.LNil)
	c.L.Push(c.vm.errorTable(engine.AsError(err)))
	return 2
}

// ErrorValue is the Lua form of an error: a table with code, message and retry_after.
func (c *Call) ErrorValue(err error) Value { return Value{c.vm.errorTable(engine.AsError(err))} }

func (vm *VM) errorTable(e *engine.Error) *lua.LTable {
	msg := e.Msg
	if msg == "" {
		msg = string(e.Code)
	}
	t := vm.L.CreateTable(0, 3)
	t.RawSetString("code", vm.bound.word(string(e.Code)))
	t.RawSetString("message", lua.LString(msg))
	if e.RetryAfter > 0 {
		t.RawSetString("retry_after", lua.LNumber(e.RetryAfter.Seconds()))
	}
	t.Metatable = vm.bound.errorMeta(vm)
	return t
}
