package script

import (
	"math"
	"regexp"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

const (
	// maxEvalSessions is how many sessions of operators a script remembers the variables of.
	maxEvalSessions = 4
	// maxEvalKept is the most bytes of variables that a session keeps between evaluations.
	maxEvalKept = 1 << 20
)

// evalSession is what the evaluations of an operator have in common. The baton guards it.
type evalSession struct {
	name    string
	write   bool
	env     *lua.LTable             // the globals of what is evaluated: its own variables, then what the script has
	modules map[*Module]*lua.LTable // its own tables of modules
}

// evalSession finds or makes the session of an evaluation; the one unused for longest gives way.
func (vm *VM) evalSession(e Evaluation) *evalSession {
	i := slices.IndexFunc(vm.evals, func(s *evalSession) bool { return s.name == e.Session && s.write == e.Write })
	var s *evalSession
	if i >= 0 && e.Session != "" {
		s = vm.evals[i]
		vm.evals = slices.Delete(vm.evals, i, i+1)
	} else {
		s = &evalSession{name: e.Session, write: e.Write, modules: map[*Module]*lua.LTable{}}
		s.reset(vm)
	}
	if len(vm.evals) >= maxEvalSessions {
		vm.forget(vm.evals[0])
	}
	vm.evals = append(vm.evals, s)
	return s
}

// forget ends a session.
func (vm *VM) forget(s *evalSession) {
	vm.evals = slices.DeleteFunc(vm.evals, func(other *evalSession) bool { return other == s })
	for _, front := range s.modules {
		delete(vm.bound.modules, lualib.Behind(front))
	}
}

// reset makes a new environment without variables.
func (s *evalSession) reset(vm *VM) {
	mt := vm.L.CreateTable(0, 4)
	mt.RawSetString("__index", vm.L.NewFunction(func(L *lua.LState) int {
		L.Push(s.lookup(L, vm, L.Get(2)))
		return 1
	}))
	mt.RawSetString("__newindex", vm.L.NewFunction(func(L *lua.LState) int {
		s.assign(L, vm, L.Get(2), L.Get(3))
		return 0
	}))
	mt.RawSetString("__pairs", vm.L.NewFunction(func(L *lua.LState) int { return s.pairs(L, vm) }))
	mt.RawSetString("__metatable", lua.LFalse)
	s.env = vm.L.CreateTable(0, 0)
	s.env.Metatable = mt
}

// lookup finds a variable: local ones of the script's main chunk first, as the script would,
// then its state, its globals, and modules that it does not use.
func (s *evalSession) lookup(L *lua.LState, vm *VM, key lua.LValue) lua.LValue {
	name, ok := key.(lua.LString)
	if !ok {
		return vm.L.G.Global.RawGet(key)
	}
	v := vm.find(string(name))
	if m := vm.m.library.moduleNamed(string(name)); m != nil && v == lua.LNil {
		return s.module(vm, m)
	}
	if s.write {
		if v == lua.LNil {
			return L.GetField(vm.L.G.Global, string(name)) // which may have a metatable
		}
		return v
	}
	return taskOf(L).eval.copies.value(v, string(name))
}

// find is what a script has under a name. state is its state itself.
func (vm *VM) find(name string) lua.LValue {
	if uv := vm.local(name); uv != nil {
		return uv.Value()
	}
	if name == "state" && vm.state != nil {
		return vm.state.table
	}
	return vm.L.G.Global.RawGetString(name)
}

// assign sets a variable: of the script, or without Write a new one of the session.
func (s *evalSession) assign(L *lua.LState, vm *VM, key, v lua.LValue) {
	name, named := key.(lua.LString)
	switch {
	case s.write:
		if uv := vm.local(string(name)); named && uv != nil {
			uv.SetValue(v)
			return
		}
		L.SetTable(vm.L.G.Global, key, v)
	case named && vm.find(string(name)) != lua.LNil:
		lualib.Raise(L, "%s is a variable of the script, and this repl only reads; start it with --write", Visible(clip(string(name))))
	default:
		s.env.RawSet(key, v)
	}
}

// pairs goes over the variables of the session and the script.
func (s *evalSession) pairs(L *lua.LState, vm *VM) int {
	t := L.CreateTable(0, 32)
	for _, name := range vm.names(s) {
		t.RawSetString(name, L.GetField(s.env, name))
	}
	L.Push(L.GetGlobal("next"))
	L.Push(t)
	return 2
}

// names are those of all variables of the script and of a session, which may be nil.
func (vm *VM) names(s *evalSession) []string {
	var out []string
	add := func(t *lua.LTable) {
		for k, _ := t.Next(lua.LNil); k != lua.LNil; k, _ = t.Next(k) {
			if name, ok := k.(lua.LString); ok {
				out = append(out, string(name))
			}
		}
	}
	add(vm.L.G.Global)
	if s != nil {
		add(s.env)
	}
	vm.local("") // so that they are known
	for name := range vm.locals {
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// module is the session's own table of a module: what the script has written into its own,
// such as into bot.config, is not there, and nothing that is done to this one reaches it.
func (s *evalSession) module(vm *VM, m *Module) *lua.LTable {
	if s.modules[m] == nil {
		s.modules[m] = vm.module(m)
	}
	return s.modules[m]
}

func (l *Library) moduleNamed(name string) *Module {
	for _, m := range l.Modules {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// local is a local variable of the script's main chunk, nil if there is none that a function
// of the script uses: others are gone. Of two with one name it is the later one. They are
// found by a walk over all that the script keeps, once for a generation: the functions
// right in the main chunk are made while it runs, and what they share are its variables.
func (vm *VM) local(name string) *lua.Upvalue {
	if vm.locals != nil {
		return vm.locals[name]
	}
	vm.locals = map[string]*lua.Upvalue{}
	lines := map[string]int{}
	w := newWalker(math.MaxInt64)
	w.found = func(fn *lua.LFunction) {
		if fn.IsG || !slices.Contains(vm.top, fn.Proto) {
			return
		}
		for i, uv := range fn.Upvalues {
			name := fn.Proto.DbgUpvalues[i]
			if uv == nil || !isName(name) || lines[name] > fn.Proto.LineDefined {
				continue
			}
			vm.locals[name], lines[name] = uv, fn.Proto.LineDefined
		}
	}
	vm.walk(w)
	return vm.locals[name]
}

var luaName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// isName reports whether a text can stand for a variable.
func isName(s string) bool { return luaName.MatchString(s) }

// tidy drops the variables of a session that only reads if they have grown too large.
func (r *evaluation) tidy() {
	s := r.session
	if s == nil || s.write {
		return
	}
	if s.name == "" {
		r.vm.forget(s)
		return
	}
	w := newWalker(maxEvalKept)
	for k, v := s.env.Next(lua.LNil); k != lua.LNil; k, v = s.env.Next(k) {
		w.push(k)
		w.push(v)
	}
	w.walk()
	if w.sum > maxEvalKept {
		s.reset(r.vm)
		r.Note = "the variables of this session had more than 1 MiB and were dropped"
	}
}

// maxCompletions is how many completions are offered.
const maxCompletions = 500

var completable = regexp.MustCompile(`(?:[A-Za-z_][A-Za-z0-9_]*[.:])*(?:[A-Za-z_][A-Za-z0-9_]*)?$`)

// completions are the texts that may stand in place of the name at the end of the code.
func (vm *VM) completions(e Evaluation) []string {
	typed := completable.FindString(e.Code)
	cut := strings.LastIndexAny(typed, ".:") + 1
	path, prefix := typed[:cut], typed[cut:]
	var names []string
	if path == "" {
		names = slices.Concat(vm.names(vm.evalSessionNamed(e)), vm.m.library.Names(""))
	} else {
		v := vm.find("")
		for i, name := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == ':' }) {
			if v = vm.member(v, name); i == 0 {
				v = vm.first(e, name)
			}
		}
		names = vm.members(v)
	}
	var out []string
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if strings.HasPrefix(name, prefix) && isName(name) && len(out) < maxCompletions {
			out = append(out, path+name)
		}
	}
	return out
}

func (vm *VM) evalSessionNamed(e Evaluation) *evalSession {
	for _, s := range vm.evals {
		if s.name == e.Session && s.write == e.Write {
			return s
		}
	}
	return nil
}

// first is what a variable holds, or the module of that name.
func (vm *VM) first(e Evaluation, name string) lua.LValue {
	if s := vm.evalSessionNamed(e); s != nil {
		if v := s.env.RawGetString(name); v != lua.LNil {
			return v
		}
	}
	if v := vm.find(name); v != lua.LNil {
		return v
	}
	if m := vm.m.library.moduleNamed(name); m != nil {
		return &lua.LUserData{Value: m}
	}
	return lua.LNil
}

// member is a field of a table, without running anything.
func (vm *VM) member(v lua.LValue, name string) lua.LValue {
	if t, ok := v.(*lua.LTable); ok {
		return lualib.Behind(t).RawGetString(name)
	}
	return lua.LNil
}

// members are the names of what is in a value.
func (vm *VM) members(v lua.LValue) (names []string) {
	switch v := v.(type) {
	case lua.LString:
		return vm.members(vm.L.G.Global.RawGetString("string"))
	case *lua.LTable:
		t := lualib.Behind(v)
		if m := vm.bound.modules[t]; m != nil {
			return m.names
		}
		for k, _ := t.Next(lua.LNil); k != lua.LNil; k, _ = t.Next(k) {
			if name, ok := k.(lua.LString); ok {
				names = append(names, string(name))
			}
		}
	case *lua.LUserData:
		if m, ok := v.Value.(*Module); ok {
			return m.names
		}
		if cl := vm.m.library.classOf(v); cl != nil {
			return slices.Clone(cl.names)
		}
	}
	return names
}
