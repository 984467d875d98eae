package lualib

import (
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// maxResults bounds what one call may leave on the stack of values.
const maxResults = 8000

var baseShared = []sharedFunction{
	{"assert", shared(baseAssert)},
	{"error", shared(baseError)},
	{"getmetatable", shared(baseGetMetatable)},
	{"ipairs", shared(baseIpairs)},
	{"next", next},
	{"pairs", shared(basePairs)},
	{"rawequal", shared(baseRawEqual)},
	{"rawget", shared(baseRawGet)},
	{"rawlen", shared(baseRawLen)},
	{"rawset", shared(baseRawSet)},
	{"select", shared(baseSelect)},
	{"setmetatable", shared(baseSetMetatable)},
	{"tonumber", shared(baseToNumber)},
	{"tostring", shared(baseToString)},
	{"type", shared(baseType)},
	{"unpack", shared(baseUnpack)},
}

var next, inext = shared(baseNext), shared(ipairsNext)

func openBase(L *lua.LState) {
	g := L.G.Global
	for _, f := range baseShared {
		g.RawSetString(f.name, f.fn)
	}
	g.RawSetString("_G", g)
	g.RawSetString("_VERSION", lua.LString(lua.LuaVersion))
}

// baseAssert raises any object as it is, so that assert(room:ban(u)) passes on the
// error table of the call. Texts get a position, as in Lua 5.1.
func baseAssert(L *lua.LState) int {
	if lua.LVAsBool(checkAny(L, 1, "assert")) {
		return L.GetTop()
	}
	switch msg := L.Get(2).(type) {
	case *lua.LNilType:
		raise(L, "assertion failed!")
	case lua.LString, lua.LNumber:
		raise(L, "%s", checkString(L, 2, "assert"))
	default:
		L.Error(msg, 0)
	}
	return 0
}

func baseError(L *lua.LState) int {
	msg := L.Get(1)
	level := optInt(L, 2, "error", 1)
	if s, ok := msg.(lua.LString); ok && level > 0 {
		msg = lua.LString(where(L, level)) + s
	}
	L.Error(msg, 0)
	return 0
}

// where returns "file:line: " of the function at a level of the call stack, or ""
// if it is not a Lua function or its frame was given to a tail call.
func where(L *lua.LState, level int) string {
	for i := 1; ; i++ {
		dbg, ok := L.GetStack(i)
		if !ok {
			return ""
		}
		if _, err := L.GetInfo("Sl", dbg, lua.LNil); err != nil {
			return ""
		}
		if i == level {
			if dbg.CurrentLine <= 0 {
				return ""
			}
			return fmt.Sprintf("%s:%d: ", dbg.Source, dbg.CurrentLine)
		}
		// Levels count a tail call as one that cannot be looked at, and looking at it
		// yields the outermost frame.
		if dbg.What == "tail" {
			return ""
		}
	}
}

// baseGetMetatable hides the metatables of values that are not tables: they belong
// to the host.
func baseGetMetatable(L *lua.LState) int {
	v := checkAny(L, 1, "getmetatable")
	t, ok := v.(*lua.LTable)
	switch {
	case ok:
		L.Push(L.GetMetatable(t))
	case v.Type() == lua.LTString, v.Type() == lua.LTUserData:
		L.Push(lua.LFalse)
	default:
		L.Push(lua.LNil)
	}
	return 1
}

func baseSetMetatable(L *lua.LState) int {
	t := checkWritable(L, "setmetatable")
	mt := L.Get(2)
	if mt != lua.LNil && mt.Type() != lua.LTTable || L.GetTop() < 2 {
		argError(L, 2, "setmetatable", "nil or table expected")
	}
	if old, ok := t.Metatable.(*lua.LTable); ok && old.RawGetString("__metatable") != lua.LNil {
		raise(L, "cannot change a protected metatable")
	}
	t.Metatable = mt
	L.SetTop(1)
	return 1
}

func baseIpairs(L *lua.LState) int {
	t := checkTable(L, 1, "ipairs")
	L.Push(inext)
	L.Push(t)
	L.Push(smallInts[0])
	return 3
}

func ipairsNext(L *lua.LState) int {
	t := checkReadable(L, "ipairs")
	i := checkInt(L, 2, "ipairs") + 1
	v := t.RawGetInt(i)
	if v == lua.LNil {
		return 0
	}
	L.Push(intValue(i))
	L.Push(v)
	return 2
}

// basePairs honours __pairs, so that host objects can be looped over.
func basePairs(L *lua.LState) int {
	v := L.Get(1)
	if fn, ok := L.GetMetaField(v, "__pairs").(*lua.LFunction); ok {
		L.Push(fn)
		L.Push(v)
		L.Call(1, 3)
		return 3
	}
	t := checkTable(L, 1, "pairs")
	L.Push(next)
	L.Push(t)
	L.Push(lua.LNil)
	return 3
}

func baseNext(L *lua.LState) int {
	k, v := checkReadable(L, "next").Next(L.Get(2))
	L.Push(k)
	if k == lua.LNil {
		return 1
	}
	L.Push(v)
	return 2
}

func baseRawEqual(L *lua.LState) int {
	a, b := checkAny(L, 1, "rawequal"), checkAny(L, 2, "rawequal")
	L.Push(lua.LBool(L.RawEqual(a, b)))
	return 1
}

func baseRawGet(L *lua.LState) int {
	L.Push(checkReadable(L, "rawget").RawGet(checkAny(L, 2, "rawget")))
	return 1
}

func baseRawLen(L *lua.LState) int {
	switch v := L.Get(1).(type) {
	case lua.LString:
		L.Push(intValue(len(v)))
	case *lua.LTable:
		L.Push(intValue(Behind(v).Len()))
	default:
		argError(L, 1, "rawlen", "table or string expected")
	}
	return 1
}

func baseRawSet(L *lua.LState) int {
	t := checkWritable(L, "rawset")
	k, v := checkAny(L, 2, "rawset"), checkAny(L, 3, "rawset")
	L.RawSet(t, k, v)
	L.SetTop(1)
	return 1
}

func baseSelect(L *lua.LState) int {
	top := L.GetTop()
	if s, ok := L.Get(1).(lua.LString); ok && s == "#" {
		L.Push(intValue(top - 1))
		return 1
	}
	n := checkInt(L, 1, "select")
	if n < 0 {
		n += top
	}
	if n < 1 {
		argError(L, 1, "select", "index out of range")
	}
	return max(top-n, 0)
}

func baseToNumber(L *lua.LState) int {
	base := optInt(L, 2, "tonumber", 10)
	if base == 10 {
		switch v := checkAny(L, 1, "tonumber").(type) {
		case lua.LNumber:
			L.Push(v)
		case lua.LString:
			pushNumber(L)(chargedNumber(L, v))
		default:
			L.Push(lua.LNil)
		}
		return 1
	}
	s := checkString(L, 1, "tonumber")
	if base < 2 || base > 36 {
		argError(L, 2, "tonumber", "base out of range")
	}
	charge(L, len(s)/bytesPerUnit)
	pushNumber(L)(parseBase(s, base))
	return 1
}

func pushNumber(L *lua.LState) func(float64, bool) {
	return func(f float64, ok bool) {
		if !ok {
			L.Push(lua.LNil)
			return
		}
		L.Push(numValue(f))
	}
}

// numValue boxes a number, small integers without an allocation.
func numValue(f float64) lua.LValue {
	if i := int(f); float64(i) == f && 0 <= i && i < len(smallInts) && !math.Signbit(f) {
		return smallInts[i]
	}
	return lua.LNumber(f)
}

func baseToString(L *lua.LState) int {
	v := checkAny(L, 1, "tostring")
	switch v.(type) {
	case lua.LString:
		L.Push(v)
	default:
		L.Push(strValue(ToString(L, v)))
	}
	return 1
}

// ToString is tostring: the text of a value for people, made by its __tostring if
// it has one. It may run script code, wait and raise.
func ToString(L *lua.LState, v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return FormatNumber(float64(v))
	case *lua.LTable, *lua.LUserData:
		if fn, ok := L.GetMetaField(v, "__tostring").(*lua.LFunction); ok {
			return callToString(L, fn, v)
		}
	}
	return v.String()
}

func callToString(L *lua.LState, fn *lua.LFunction, v lua.LValue) string {
	L.Push(fn)
	L.Push(v)
	L.Call(1, 1)
	r := L.Get(-1)
	L.Pop(1)
	switch r := r.(type) {
	case lua.LString:
		return string(r)
	case lua.LNumber:
		return FormatNumber(float64(r))
	}
	raise(L, "'__tostring' must return a string")
	return ""
}

func baseType(L *lua.LState) int {
	L.Push(typeNames[checkAny(L, 1, "type").Type()])
	return 1
}

var typeNames = func() (names [lua.LTChannel + 1]lua.LValue) {
	for t := range names {
		names[t] = lua.LString(lua.LValueType(t).String())
	}
	return names
}()

func baseUnpack(L *lua.LState) int {
	t := checkReadable(L, "unpack")
	i := optInt(L, 2, "unpack", 1)
	j := optInt(L, 3, "unpack", -1)
	if L.Get(3) == lua.LNil {
		j = t.Len()
	}
	n := j - i + 1
	if n <= 0 {
		return 0
	}
	if n > maxResults {
		raise(L, "too many results to unpack")
	}
	charge(L, n/8)
	for ; i <= j; i++ {
		L.Push(t.RawGetInt(i))
	}
	return n
}
