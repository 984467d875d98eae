package lualib

import (
	lua "github.com/yuin/gopher-lua"
)

// A read-only table is an empty table in front of the real one: gopher-lua asks
// the metatable only about keys that a table does not have, so an empty one is the
// only kind whose every write can be refused. What reads or writes tables without
// metamethods (next, rawget, rawset, #, the table library) knows it by its
// metatable. The real table never reaches a script.

// ReadOnly returns a table through which scripts can read t, with pairs, ipairs,
// next, # and rawget too, and never change it: not with rawset, setmetatable or the
// table library. Tables inside t are not protected. The host may go on changing t.
func ReadOnly(L *lua.LState, t *lua.LTable) *lua.LTable { return of(L).readOnly(L, t) }

func (l *lib) readOnly(L *lua.LState, t *lua.LTable) *lua.LTable {
	mt := L.CreateTable(0, 4)
	mt.RawSetString("__index", t)
	mt.RawSetString("__newindex", l.refuse)
	mt.RawSetString("__len", frontLength)
	mt.RawSetString("__metatable", lua.LFalse)
	front := L.CreateTable(0, 0)
	front.Metatable = mt
	return front
}

// Behind returns the real table behind one that [ReadOnly] made, and t itself for
// any other. It is for host functions that read a script's table; they must not
// hand the result to the script.
func Behind(t *lua.LTable) *lua.LTable {
	if real, ok := behind(t); ok {
		return real
	}
	return t
}

// readOnlyMark is in the upvalue of the function that refuses writes. Scripts see
// neither, so that a table with this __newindex was made by [ReadOnly].
var readOnlyMark lua.LValue = &lua.LUserData{Metatable: lua.LNil}

func behind(t *lua.LTable) (*lua.LTable, bool) {
	mt, ok := t.Metatable.(*lua.LTable)
	if !ok {
		return nil, false
	}
	fn, ok := mt.RawGetString("__newindex").(*lua.LFunction)
	if !ok || !fn.IsG || len(fn.Upvalues) != 1 || fn.Upvalues[0].Value() != readOnlyMark {
		return nil, false
	}
	real, ok := mt.RawGetString("__index").(*lua.LTable)
	return real, ok
}

func refuseWrite(L *lua.LState) int {
	key := L.Get(2)
	if s, ok := key.(lua.LString); ok {
		raise(L, "cannot set field '%s' of a read-only table", clip(string(s), 60))
	}
	raise(L, "cannot change a read-only table")
	return 0
}

var frontLength = shared(frontLen)

func frontLen(L *lua.LState) int {
	n := 0
	if t, ok := L.Get(1).(*lua.LTable); ok {
		n = Behind(t).Len()
	}
	L.Push(intValue(n))
	return 1
}

// clip cuts a text that goes into an error message.
func clip(s string, n int) string {
	if len(s) > n {
		return s[:n] + "..."
	}
	return s
}

// checkWritable returns argument 1, a table that may be changed.
func checkWritable(L *lua.LState, fn string) *lua.LTable {
	t := checkTable(L, 1, fn)
	if _, ok := behind(t); ok {
		raise(L, "bad argument #1 to '%s' (the table is read-only)", fn)
	}
	return t
}

// checkReadable returns argument 1, a table to be read without metamethods.
func checkReadable(L *lua.LState, fn string) *lua.LTable { return Behind(checkTable(L, 1, fn)) }
