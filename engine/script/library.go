package script

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

// Library is what scripts find besides Lua's own functions. It is shared by all VMs
// and must not change once it is in use.
type Library struct {
	Modules []*Module
	Classes []AnyClass
	Globals []*Function

	once sync.Once
	*binder
	classList []*class
	event     *class
	mu        sync.Mutex // guards encoders found missing and made later
}

// Module is a table of functions and constants under one global name.
type Module struct {
	Name    string
	Members []Member
	Pure    bool // all its functions are as if declared with Reads

	byName map[string]Member
	names  []string
}

// binder makes the decoders and encoders of all types the library uses.
type binder struct {
	classes   map[reflect.Type]*class
	decoders  map[reflect.Type]decoder
	encoders  map[reflect.Type]*encoder
	functions map[*lua.LFunction]*Function
}

// bind completes the library. Whatever is wrong with it is a programmer's mistake and
// panics.
func (l *Library) bind() {
	b := &binder{
		classes: map[reflect.Type]*class{}, decoders: map[reflect.Type]decoder{},
		encoders: map[reflect.Type]*encoder{}, functions: map[*lua.LFunction]*Function{},
	}
	l.binder = b
	for _, cl := range l.Classes {
		l.addClass(cl.class())
	}
	l.event = b.classes[typeEvent]
	if l.event == nil {
		l.event = l.addClass(Class[*Delivery]{Name: "event"}.class())
	}
	for _, cl := range l.classList {
		cl.bind(b)
	}
	for _, m := range l.Modules {
		m.bind(b)
	}
	for _, f := range l.Globals {
		f.bind(b, "", "")
	}
}

func (l *Library) addClass(cl *class) *class {
	cl.number = len(l.classList)
	l.classList = append(l.classList, cl)
	l.binder.classes[cl.typ] = cl
	return cl
}

func (m *Module) bind(b *binder) {
	m.byName, m.names = map[string]Member{}, nil
	for _, mem := range m.Members {
		name := mem.memberName()
		if m.byName[name] != nil {
			panic(fmt.Sprintf("script: module %s has two members %q", m.Name, name))
		}
		m.byName[name] = mem
		m.names = append(m.names, name)
		mem.bind(b, m.Name, ".")
		if f, ok := mem.(*Function); ok && m.Pure {
			f.reads = true
		}
	}
}

func (l *Library) ready() *Library {
	l.once.Do(l.bind)
	return l
}

func (l *Library) eventClass() *class { return l.event }

// encoderOf finds the encoder of a type that came in an any. Types that are in no
// signature come rarely, so the lock is no burden.
func (l *Library) encoderOf(t reflect.Type) encoder {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.encoder(t)
}

func (l *Library) decoderOf(t reflect.Type) decoder {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.decoder(t, "decode")
}

// open puts the functions of the library into the globals of a VM; offer adds modules.
func (l *Library) open(vm *VM) {
	l.ready()
	for _, f := range l.Globals {
		vm.L.SetGlobal(f.Name, f.fn)
	}
	vm.bound.modules = make(map[*lua.LTable]*Module)
	vm.bound.offered = make([]bool, len(l.Modules))
	vm.bound.lazy = vm.L.CreateTable(0, 1)
	vm.bound.lazy.RawSetString("__index", vm.L.NewFunction(vm.moduleMember))
	vm.bound.pairs = vm.L.NewFunction(vm.modulePairs)
}

// offer adds the modules that a source names before it runs: what it does not name it
// cannot reach, unless it has all globals at hand, and each module takes more than a
// KiB. It is called for every source that comes into the VM.
func (l *Library) offer(vm *VM, source []byte) {
	all := bytes.Contains(source, []byte("_G"))
	for i, m := range l.Modules {
		if vm.bound.offered[i] || !all && !mentions(source, m.Name) {
			continue
		}
		vm.bound.offered[i] = true
		vm.L.SetGlobal(m.Name, vm.module(m))
	}
}

// module makes the table of a module.
func (vm *VM) module(m *Module) *lua.LTable {
	t := vm.L.CreateTable(0, 8) // takes no room yet
	t.Metatable = vm.bound.lazy
	front := lualib.ReadOnly(vm.L, t)
	front.Metatable.(*lua.LTable).RawSetString("__pairs", vm.bound.pairs)
	vm.bound.modules[t] = m
	return front
}

// mentions reports whether a word stands in a source, and not only as a part of others.
func mentions(source []byte, word string) bool {
	for from := 0; ; {
		i := bytes.Index(source[from:], []byte(word))
		if i < 0 {
			return false
		}
		begin, end := from+i, from+i+len(word)
		if (begin == 0 || !inWord(source[begin-1])) && (end == len(source) || !inWord(source[end])) {
			return true
		}
		from = end
	}
}

func inWord(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// moduleMember fills the table of a module as its members are asked for: tables with
// all of them would be much of the memory of a small script.
func (vm *VM) moduleMember(L *lua.LState) int {
	t := L.CheckTable(1)
	m := vm.bound.modules[t]
	name := shown(L.Get(2))
	var v lua.LValue
	switch mem := m.byName[name].(type) {
	case *Function:
		v = mem.fn
	case *Property:
		v = mem.get(vm, L, nil)
	default:
		lualib.Raise(L, "%s: %s", m.Name, unknown("field or function", name, m.names))
	}
	t.RawSetString(name, v)
	L.Push(v)
	return 1
}

// modulePairs makes all members of a module before they are looped over.
func (vm *VM) modulePairs(L *lua.LState) int {
	front := L.CheckTable(1)
	for _, name := range vm.bound.modules[lualib.Behind(front)].names {
		L.GetField(front, name)
	}
	L.Push(L.GetGlobal("next"))
	L.Push(front)
	return 2
}

// Names lists the global names of the library or, given the name of a module, what is
// in it; nil if there is no such module.
func (l *Library) Names(module string) []string {
	l.ready()
	if module != "" {
		for _, m := range l.Modules {
			if m.Name == module {
				return slices.Sorted(maps.Keys(m.byName))
			}
		}
		return nil
	}
	var out []string
	for _, m := range l.Modules {
		out = append(out, m.Name)
	}
	for _, f := range l.Globals {
		out = append(out, f.Name)
	}
	slices.Sort(out)
	return out
}
