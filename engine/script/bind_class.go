package script

import (
	"fmt"
	"reflect"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

// Class describes objects of Go to scripts: they read properties and call methods,
// and change nothing. S is the Go type, a pointer.
type Class[S any] struct {
	Name    string
	Members []Member
	String  func(S) string                       // tostring; the name of the class if nil
	Equal   func(a, b S) bool                    // ==; the same pointer if nil
	Index   func(*Call, S, string) (Value, bool) // names that are no members
	Fields  []Dynamic                            // what Index knows, for the reference
}

// Dynamic describes a field that not every object of a class has.
type Dynamic struct {
	Name    string
	Type    string         // its Lua type; "" for those of Types
	Types   []reflect.Type // the Go types it may be of
	Of      []string       // which objects have it, in the words of the reference
	Sources []string       // the Go fields whose doc comments describe it: "pkg.type.field"
}

// AnyClass is a [Class] of any type.
type AnyClass interface{ class() *class }

// class is a Class without its type parameter.
type class struct {
	name    string
	typ     reflect.Type
	members []Member
	byName  map[string]Member
	names   []string
	dynamic []Dynamic
	string  func(any) string
	equal   func(a, b any) bool
	index   func(*Call, any, string) (Value, bool)
	number  int // in binding.metas
	enter   *lua.LFunction
}

func (cl Class[S]) class() *class {
	c := &class{name: cl.Name, typ: reflect.TypeFor[S](), members: cl.Members, byName: map[string]Member{}, dynamic: cl.Fields}
	c.string = func(any) string { return cl.Name }
	if cl.String != nil {
		c.string = func(v any) string { return cl.String(v.(S)) }
	}
	if cl.Equal != nil {
		c.equal = func(a, b any) bool {
			x, ok := a.(S)
			y, ok2 := b.(S)
			return ok && ok2 && cl.Equal(x, y)
		}
	}
	if cl.Index != nil {
		c.index = func(call *Call, v any, name string) (Value, bool) { return cl.Index(call, v.(S), name) }
	}
	c.enter = &lua.LFunction{IsG: true, GFunction: c.lookup}
	return c
}

func (cl *class) bind(b *binder) {
	for _, m := range cl.members {
		name := m.memberName()
		if cl.byName[name] != nil {
			panic(fmt.Sprintf("script: %s has two members %q", cl.name, name))
		}
		if recv := memberRecv(m); recv != cl.typ {
			panic(fmt.Sprintf("script: %s.%s is of %s, not %s", cl.name, name, recv, cl.typ))
		}
		cl.byName[name] = m
		cl.names = append(cl.names, name)
		m.bind(b, cl.name, ":")
	}
	for _, d := range cl.dynamic {
		cl.names = append(cl.names, d.Name)
	}
}

func memberRecv(m Member) reflect.Type {
	switch m := m.(type) {
	case *Function:
		return m.recv
	case *Property:
		return m.recv
	}
	return nil
}

// Property is a value that scripts read from an object or a module.
type Property struct {
	Name   string
	source string
	recv   reflect.Type
	result reflect.Type
	keep   bool // in the object, once read
	encode encoder
	get    func(vm *VM, L *lua.LState, self any) lua.LValue
}

// Prop makes a property that only depends on the object, which must not change.
func Prop[S, R any](name string, f func(S) R) *Property {
	p := &Property{Name: name, source: goName(f), recv: reflect.TypeFor[S](), result: reflect.TypeFor[R]()}
	to := encodes[R](&p.encode)
	p.keep = !scalar(p.result) // one table or object for all who ask
	p.get = func(vm *VM, _ *lua.LState, self any) lua.LValue { return to(vm, f(self.(S))) }
	return p
}

// Live makes a property that is computed each time it is read.
func Live[S, R any](name string, f func(*Call, S) R) *Property {
	p := &Property{Name: name, source: goName(f), recv: reflect.TypeFor[S](), result: reflect.TypeFor[R]()}
	to := encodes[R](&p.encode)
	p.get = func(vm *VM, L *lua.LState, self any) lua.LValue { return to(vm, f(newCall(L), self.(S))) }
	return p
}

// Const makes a property of a module. It is computed once for each VM.
func Const[R any](name string, f func(*Call) R) *Property {
	p := &Property{Name: name, source: goName(f), result: reflect.TypeFor[R]()}
	to := encodes[R](&p.encode)
	p.get = func(vm *VM, L *lua.LState, _ any) lua.LValue { return to(vm, f(newCall(L))) }
	return p
}

func scalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface:
		return false
	case reflect.Struct:
		return t == typeTime || t == typeMaybe
	}
	return true
}

func (p *Property) memberName() string { return p.Name }

func (p *Property) bind(b *binder, _, _ string) { p.encode = b.encoder(p.result) }

// lookup is __index of the class. An unknown name raises: it is a slip of the pen that
// nil would hide until much later.
func (cl *class) lookup(L *lua.LState) int {
	ud, _ := L.Get(1).(*lua.LUserData)
	key, ok := L.Get(2).(lua.LString)
	if ud == nil || !ok {
		lualib.Raise(L, "%s has no field [%s]", cl.name, shown(L.Get(2)))
	}
	name := string(key)
	switch m := cl.byName[name].(type) {
	case *Function:
		L.Push(m.fn)
		return 1
	case *Property:
		if !m.keep {
			L.Push(m.get(taskOf(L).vm, L, ud.Value))
			return 1
		}
	}
	L.Push(cl.slowLookup(L, ud, name))
	return 1
}

// slowLookup finds what is kept in the object (its environment table, which Lua code
// cannot reach), or makes it and keeps it.
func (cl *class) slowLookup(L *lua.LState, ud *lua.LUserData, name string) lua.LValue {
	if ud.Env != nil {
		if v := ud.Env.RawGetString(name); v != lua.LNil {
			return v
		}
	}
	c := newCall(L)
	var v lua.LValue
	if p, ok := cl.byName[name].(*Property); ok {
		v = p.get(c.vm, L, ud.Value)
	} else {
		v = cl.dynamicField(c, ud.Value, name)
	}
	switch v.(type) {
	case *lua.LTable, *lua.LUserData:
		if ud.Env == nil {
			ud.Env = c.vm.L.CreateTable(0, 2)
		}
		ud.Env.RawSetString(name, v)
	}
	return v
}

func (cl *class) dynamicField(c *Call, self any, name string) lua.LValue {
	if cl.index != nil {
		if v, ok := cl.index(c, self, name); ok {
			return v.lua()
		}
	}
	if slices.ContainsFunc(cl.dynamic, func(d Dynamic) bool { return d.Name == name }) {
		return lua.LNil
	}
	c.Raise("%s: %s", cl.name, unknown("field or method", name, cl.names))
	return lua.LNil
}

// object makes a Lua value of an object.
func (vm *VM) object(cl *class, v any) *lua.LUserData {
	return &lua.LUserData{Value: v, Metatable: vm.meta(cl)}
}

// meta is the metatable of a class in this VM.
func (vm *VM) meta(cl *class) *lua.LTable {
	if vm.bound.metas == nil {
		vm.bound.metas = make([]*lua.LTable, len(vm.m.library.classList))
	}
	if mt := vm.bound.metas[cl.number]; mt != nil {
		return mt
	}
	mt := vm.L.CreateTable(0, 8)
	mt.RawSetString("__index", cl.enter)
	mt.RawSetString("__newindex", vm.L.NewFunction(cl.refuse))
	mt.RawSetString("__tostring", vm.L.NewFunction(cl.toString))
	mt.RawSetString("__name", lua.LString(cl.name))
	mt.RawSetString("__metatable", lua.LString(cl.name))
	mt.RawSetString("__pairs", vm.L.NewFunction(cl.pairs))
	if cl.equal != nil {
		mt.RawSetString("__eq", vm.L.NewFunction(cl.equals))
	}
	vm.bound.metas[cl.number] = mt
	return mt
}

func (cl *class) refuse(L *lua.LState) int {
	lualib.Raise(L, "%s.%s cannot be set: scripts read objects of the host and change them by their methods", cl.name, shown(L.Get(2)))
	return 0
}

// pairs goes over the properties of an object, for those who want to see what is in it.
func (cl *class) pairs(L *lua.LState) int {
	ud := cl.check(L)
	newCall(L).Charge(len(cl.names))
	t := L.CreateTable(0, len(cl.names))
	for _, name := range cl.names {
		if _, method := cl.byName[name].(*Function); !method {
			if v := L.GetField(ud, name); v != lua.LNil {
				t.RawSetString(name, v)
			}
		}
	}
	L.Push(L.GetGlobal("next"))
	L.Push(t)
	return 2
}

// check returns the object that a metamethod is called on.
func (cl *class) check(L *lua.LState) *lua.LUserData {
	ud, ok := L.Get(1).(*lua.LUserData)
	if !ok || reflect.TypeOf(ud.Value) != cl.typ {
		lualib.Raise(L, "expected %s, got %s", article(cl.name), described(L.Get(1)))
	}
	return ud
}

func (cl *class) toString(L *lua.LState) int {
	L.Push(lua.LString(cl.string(cl.check(L).Value)))
	return 1
}

func (cl *class) equals(L *lua.LState) int {
	a, ok := L.Get(1).(*lua.LUserData)
	b, ok2 := L.Get(2).(*lua.LUserData)
	L.Push(lua.LBool(ok && ok2 && cl.equal(a.Value, b.Value)))
	return 1
}
