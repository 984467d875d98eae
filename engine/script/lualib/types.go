package lualib

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// LoaderString is what the code that engine/script/luasrc generates calls, as
// ("…")(), to get the function it uses for the operator "..". Strings are called
// through their metatable, so that no global and no local of the script can hide or
// replace that function.
const LoaderString = "\x00concat"

// setTypeMetatables gives strings their methods, and the types that have no
// metamethods of their own clear error texts. Arithmetic on strings comes here
// before gopher-lua would read them as numbers of its own syntax, where a leading
// zero means octal.
//
// No script can reach these metatables. Those without state are shared, like functions.
func (l *lib) setTypeMetatables(L *lua.LState, str *lua.LTable) {
	mt := L.CreateTable(0, len(arithShared)+3)
	for _, f := range arithShared {
		mt.RawSetString(f.name, f.fn)
	}
	mt.RawSetString("__index", str)
	mt.RawSetString("__newindex", indexError)
	mt.RawSetString("__call", L.NewFunction(l.callString))
	L.SetMetatable(lua.LString(""), mt)
	for _, v := range []lua.LValue{lua.LNil, lua.LFalse, callError, &lua.LState{}} {
		L.SetMetatable(v, plainMetatable)
	}
	L.SetMetatable(lua.LNumber(0), numberMetatable)
}

var (
	indexError  = shared(badIndex)
	lengthError = shared(badLen)
	callError   = shared(badCall)

	// numberMetatable has no arithmetic: "2 + v" is left to v.
	numberMetatable = metatable(nil)
	plainMetatable  = metatable(arithShared)
)

// metatable makes that of a type that can be neither indexed nor called.
func metatable(events []sharedFunction) *lua.LTable {
	t := &lua.LTable{Metatable: lua.LNil}
	for _, f := range append(events, sharedFunction{"__index", indexError}, sharedFunction{"__newindex", indexError},
		sharedFunction{"__len", lengthError}, sharedFunction{"__call", callError}) {
		t.RawSetString(f.name, f.fn)
	}
	return t
}

func (l *lib) callString(L *lua.LState) int {
	if L.GetTop() == 1 && L.Get(1) == lua.LString(LoaderString) {
		L.Push(l.concat)
		return 1
	}
	return badCall(L)
}

func badCall(L *lua.LState) int {
	raise(L, "attempt to call a %s value%s", L.Get(1).Type(), calledName(L))
	return 0
}

func badLen(L *lua.LState) int {
	raise(L, "attempt to get length of a %s value", L.Get(1).Type())
	return 0
}

// badIndex names the key too: often it tells authors more than the value does.
func badIndex(L *lua.LState) int {
	what := "reading"
	if L.GetTop() == 3 {
		what = "setting"
	}
	key := L.Get(2)
	text := ""
	switch k := key.(type) {
	case lua.LString:
		text = ", " + what + " '" + clip(string(k), 60) + "'"
	case lua.LNumber:
		text = ", " + what + " [" + FormatNumber(float64(k)) + "]"
	}
	raise(L, "attempt to index a %s value%s%s", L.Get(1).Type(), indexedName(L, key), text)
	return 0
}

var arithShared = []sharedFunction{
	arithmetic("__add", func(a, b float64) float64 { return a + b }),
	arithmetic("__sub", func(a, b float64) float64 { return a - b }),
	arithmetic("__mul", func(a, b float64) float64 { return a * b }),
	arithmetic("__div", func(a, b float64) float64 { return a / b }),
	arithmetic("__mod", modulo),
	arithmetic("__pow", math.Pow),
	arithmetic("__unm", func(a, _ float64) float64 { return -a }),
}

// modulo has the sign of b, as Lua's a - floor(a/b)*b.
func modulo(a, b float64) float64 {
	r := math.Mod(a, b)
	if r != 0 && (r < 0) != (b < 0) {
		r += b
	}
	return r
}

// arithmetic is the metamethod of strings and of the types that have none. The
// other operand may be an object with a real one, which then does the work.
func arithmetic(event string, do func(a, b float64) float64) sharedFunction {
	return sharedFunction{event, shared(func(L *lua.LState) int {
		a, b := L.Get(1), L.Get(2)
		if event == "__unm" {
			b = a
		}
		for _, v := range [2]lua.LValue{a, b} {
			if fn := ownMetamethod(L, v, event); fn != nil {
				L.Push(fn)
				L.Push(a)
				L.Push(b)
				L.Call(2, 1)
				return 1
			}
		}
		x, okx := chargedNumber(L, a)
		y, oky := chargedNumber(L, b)
		if okx && oky {
			L.Push(numValue(do(x, y)))
			return 1
		}
		if okx {
			a = b
		}
		raise(L, "attempt to perform arithmetic on a %s value%s", a.Type(), operandName(L, okx))
		return 0
	})}
}

// ownMetamethod returns the metamethod of a table or userdata.
func ownMetamethod(L *lua.LState, v lua.LValue, event string) *lua.LFunction {
	switch v.(type) {
	case *lua.LTable, *lua.LUserData:
		fn, _ := L.GetMetaField(v, event).(*lua.LFunction)
		return fn
	}
	return nil
}

// chargedNumber is toNumber for strings of any length, which may be white space.
func chargedNumber(L *lua.LState, v lua.LValue) (float64, bool) {
	if s, ok := v.(lua.LString); ok && len(s) > bytesPerUnit {
		charge(L, len(s)/bytesPerUnit)
	}
	return toNumber(v)
}

func toNumber(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		return ParseNumber(string(v))
	}
	return 0, false
}
