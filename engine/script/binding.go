package script

import (
	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

// binding is what the library keeps for one VM. Everything in it is made when it is
// first needed: most scripts use a small part of the library.
type binding struct {
	metas   []*lua.LTable // by class
	errMeta *lua.LTable
	array   *lua.LTable
	null    *lua.LUserData
	lazy    *lua.LTable
	pairs   *lua.LFunction
	offered []bool                  // by place in the library
	modules map[*lua.LTable]*Module // by what is behind its global
	words   map[string]lua.LValue
}

// maxWords bounds the texts kept as Lua values; a new start is cheap.
const maxWords = 256

func (b *binding) word(s string) lua.LValue {
	if v, ok := b.words[s]; ok {
		return v
	}
	if b.words == nil || len(b.words) >= maxWords {
		b.words = make(map[string]lua.LValue)
	}
	v := lua.LString(s)
	b.words[s] = v
	return v
}

// arrayMeta marks tables that are lists even when empty.
func (b *binding) arrayMeta(vm *VM) *lua.LTable {
	if b.array == nil {
		b.array = vm.L.CreateTable(0, 1)
		b.array.RawSetString("__name", lua.LString("list"))
		b.array.RawSetString("__metatable", lua.LString("list"))
	}
	return b.array
}

func (b *binding) nullValue(vm *VM) *lua.LUserData {
	if b.null == nil {
		mt := vm.L.CreateTable(0, 2)
		mt.RawSetString("__tostring", vm.L.NewFunction(func(L *lua.LState) int {
			L.Push(lua.LString("null"))
			return 1
		}))
		mt.RawSetString("__metatable", lua.LString("null"))
		b.null = &lua.LUserData{Value: Null{}, Metatable: mt}
	}
	return b.null
}

// errorMeta makes errors print as "code: message".
func (b *binding) errorMeta(vm *VM) *lua.LTable {
	if b.errMeta == nil {
		mt := vm.L.CreateTable(0, 4)
		mt.RawSetString("__tostring", vm.L.NewFunction(func(L *lua.LState) int {
			L.Push(lua.LString(errorText(L.Get(1))))
			return 1
		}))
		mt.RawSetString("__newindex", vm.L.NewFunction(func(L *lua.LState) int {
			lualib.Raise(L, "an error cannot be changed")
			return 0
		}))
		mt.RawSetString("__name", lua.LString("error"))
		mt.RawSetString("__metatable", lua.LString("error"))
		b.errMeta = mt
	}
	return b.errMeta
}

// deliveryValue is the event as handlers get it: one object for all handlers of the
// script.
func (vm *VM) deliveryValue(d *Delivery) lua.LValue {
	if d.ud == nil {
		d.ud = vm.object(vm.m.library.eventClass(), d)
	}
	return d.ud
}
