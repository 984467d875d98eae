package lualib

import (
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// Raise ends the running function with an error that names the line of the nearest
// Lua function on L. (RaiseError of gopher-lua leaves a space where there is none.)
func Raise(L *lua.LState, format string, args ...any) {
	L.Error(lua.LString(Where(L)+fmt.Sprintf(format, args...)), 0)
}

// Where is the "file:line: " of the nearest Lua function on L, or "".
func Where(L *lua.LState) string {
	for level := 0; level < 300; level++ { // each of millions of tail calls is a level
		d, ok := L.GetStack(level)
		if !ok {
			return ""
		}
		if _, err := L.GetInfo("Sl", d, lua.LNil); err == nil && d.CurrentLine > 0 {
			return fmt.Sprintf("%s:%d: ", d.Source, d.CurrentLine)
		}
	}
	return ""
}

func raise(L *lua.LState, format string, args ...any) { Raise(L, format, args...) }

// argError reports argument n. In s:rep(n) the string is not counted, as in Lua.
func argError(L *lua.LState, n int, fn, msg string) {
	if calledAsMethod(L, fn) {
		if n--; n == 0 {
			raise(L, "calling '%s' on bad self", fn)
		}
	}
	raise(L, "bad argument #%d to '%s' (%s)", n, fn, msg)
}

// calledAsMethod reports whether the line that called this function calls a method of
// its name, and does nothing else with that name.
func calledAsMethod(L *lua.LState, fn string) bool {
	p, pc, ok := only(L, func(p *lua.FunctionProto, _ int, i instruction) bool {
		return (i.op == lua.OP_SELF || i.op == lua.OP_GETTABLEKS) && constant(p, i.c) == lua.LString(fn)
	})
	return ok && decode(p.Code[pc]).op == lua.OP_SELF
}

func typeError(L *lua.LState, n int, fn, want string) {
	argError(L, n, fn, want+" expected, got "+typeAt(L, n))
}

func typeAt(L *lua.LState, n int) string {
	if n > L.GetTop() {
		return "no value"
	}
	return L.Get(n).Type().String()
}

func checkAny(L *lua.LState, n int, fn string) lua.LValue {
	if n > L.GetTop() {
		argError(L, n, fn, "value expected")
	}
	return L.Get(n)
}

func checkTable(L *lua.LState, n int, fn string) *lua.LTable {
	t, ok := L.Get(n).(*lua.LTable)
	if !ok {
		typeError(L, n, fn, "table")
	}
	return t
}

func checkFunction(L *lua.LState, n int, fn string) *lua.LFunction {
	f, ok := L.Get(n).(*lua.LFunction)
	if !ok {
		typeError(L, n, fn, "function")
	}
	return f
}

// checkString accepts numbers too, as Lua does everywhere.
func checkString(L *lua.LState, n int, fn string) string {
	switch v := L.Get(n).(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return FormatNumber(float64(v))
	}
	typeError(L, n, fn, "string")
	return ""
}

func optString(L *lua.LState, n int, fn, def string) string {
	if L.Get(n) == lua.LNil {
		return def
	}
	return checkString(L, n, fn)
}

// checkNumber accepts strings that read as a number.
func checkNumber(L *lua.LState, n int, fn string) float64 {
	switch v := L.Get(n).(type) {
	case lua.LNumber:
		return float64(v)
	case lua.LString:
		if f, ok := ParseNumber(string(v)); ok {
			return f
		}
	}
	typeError(L, n, fn, "number")
	return 0
}

func checkInt(L *lua.LState, n int, fn string) int { return toInt(checkNumber(L, n, fn)) }

func optInt(L *lua.LState, n int, fn string, def int) int {
	if L.Get(n) == lua.LNil {
		return def
	}
	return checkInt(L, n, fn)
}

// maxInt bounds integers taken from numbers. Sums of a few of them cannot
// overflow, which the callers rely on.
const maxInt = 1 << 53

// toInt cuts off the fraction and clamps to ±maxInt; NaN becomes 0.
func toInt(f float64) int {
	switch {
	case math.IsNaN(f):
		return 0
	case f >= maxInt:
		return maxInt
	case f <= -maxInt:
		return -maxInt
	}
	return int(f)
}
