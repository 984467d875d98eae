package script

import (
	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

func (f Func) lua() lua.LValue {
	if f.fn == nil {
		return lua.LNil
	}
	return f.fn
}

// IsNil reports whether the value is nil or was not given.
func (v Value) IsNil() bool { return v.lua() == lua.LNil }

// Truthy reports whether Lua takes the value for true.
func (v Value) Truthy() bool { return lua.LVAsBool(v.lua()) }

// AsString returns the value if it is a string, or a number, which Lua takes for one.
func (v Value) AsString() (string, bool) {
	switch v := v.v.(type) {
	case lua.LString:
		return string(v), true
	case lua.LNumber:
		return shown(v), true
	}
	return "", false
}

// AsNumber returns the value if it is a number.
func (v Value) AsNumber() (float64, bool) {
	n, ok := v.v.(lua.LNumber)
	return float64(n), ok
}

// Object returns the Go value of an object of a [Class], nil of anything else.
func (v Value) Object() any {
	if ud, ok := v.v.(*lua.LUserData); ok {
		return ud.Value
	}
	return nil
}

// AsFunc returns the value if it is a function.
func (v Value) AsFunc() (Func, bool) {
	fn, ok := v.v.(*lua.LFunction)
	return Func{fn}, ok
}

// IsTable reports whether the value is a table.
func (v Value) IsTable() bool {
	_, ok := v.v.(*lua.LTable)
	return ok
}

// Len is the number of items of a table's list part; 0 for anything else.
func (v Value) Len() int {
	if t, ok := v.v.(*lua.LTable); ok {
		return lualib.Behind(t).Len()
	}
	return 0
}

// Item is item i, from 1, of a table's list part.
func (v Value) Item(i int) Value {
	if t, ok := v.v.(*lua.LTable); ok {
		return Value{lualib.Behind(t).RawGetInt(i)}
	}
	return Value{}
}

// Field is a named field of a table, read without metamethods.
func (v Value) Field(name string) Value {
	if t, ok := v.v.(*lua.LTable); ok {
		return Value{lualib.Behind(t).RawGetString(name)}
	}
	return Value{}
}

// Pairs visits a table, without metamethods, in the order of next.
func (v Value) Pairs(f func(k, v Value) bool) {
	t, ok := v.v.(*lua.LTable)
	if !ok {
		return
	}
	t = lualib.Behind(t)
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		if !f(Value{k}, Value{v}) {
			return
		}
	}
}

// TypeName is the Lua type of the value, or the name of its class.
func (v Value) TypeName() string {
	if ud, ok := v.v.(*lua.LUserData); ok {
		if mt, ok := ud.Metatable.(*lua.LTable); ok {
			return lua.LVAsString(mt.RawGetString("__name"))
		}
	}
	return v.lua().Type().String()
}

// Text is the value as tostring shows it; it may run a metamethod of the script.
func (c *Call) Text(v Value) string { return lualib.ToString(c.L, v.lua()) }

// NewList makes a table of values.
func (c *Call) NewList(vs []Value) Value {
	t := c.vm.L.CreateTable(len(vs), 0)
	for i, v := range vs {
		t.RawSetInt(i+1, v.lua())
	}
	return Value{t}
}
