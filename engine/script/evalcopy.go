package script

import (
	"fmt"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

// copier makes copies of what a script has, for evaluations that only read: whatever they do
// to a table, and whatever functions of the script do when they are called, the script
// keeps what it had. Each thing is copied once, with all it leads to, so that what is the
// same stays the same. Functions of Go are shared: those that change anything refuse.
type copier struct {
	r      *evaluation
	done   map[lua.LValue]lua.LValue // of tables, functions and objects
	cells  map[*lua.Upvalue]*lua.Upvalue
	todo   []func()
	tables []copied
	vars   []copiedVar
}

// copied is a table and its copy.
type copied struct {
	of, copy *lua.LTable
	up       int        // the table it was found in, -1 for none
	key      lua.LValue // there
	name     string     // of the variable it was found in, if it is in none
}

// copiedVar is a variable that functions share, and its copy.
type copiedVar struct {
	of, copy *lua.Upvalue
	name     string
}

func newCopier(r *evaluation) *copier {
	return &copier{r: r, done: map[lua.LValue]lua.LValue{}, cells: map[*lua.Upvalue]*lua.Upvalue{}}
}

// value copies what a variable of that name holds.
func (c *copier) value(v lua.LValue, name string) lua.LValue {
	out := c.copy(v, copied{up: -1, name: name})
	for len(c.todo) > 0 {
		f := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		f()
	}
	return out
}

// copy returns the copy of a value; what is in it follows with todo.
func (c *copier) copy(v lua.LValue, at copied) lua.LValue {
	c.charge(1, 0)
	if isPlainKey(v) {
		return v
	}
	if out, ok := c.done[v]; ok {
		return out
	}
	switch v := v.(type) {
	case *lua.LTable:
		return c.table(v, at)
	case *lua.LFunction:
		return c.function(v)
	case *lua.LUserData:
		return c.object(v)
	}
	return v
}

func (c *copier) charge(steps, bytes int) {
	t := c.r.task
	if !t.Charge(steps) || bytes > 0 && !t.Alloc(bytes) {
		lualib.Raise(t.th, "%s", t.Err().Error())
	}
}

func (c *copier) table(t *lua.LTable, at copied) lua.LValue {
	vm := c.r.vm
	real := lualib.Behind(t)
	switch m := vm.bound.modules[real]; {
	case t == vm.L.G.Global:
		return c.r.session.env
	case m != nil:
		return c.r.session.module(vm, m)
	case real != t || vm.isHosts(t):
		return t
	}
	n := len(keysOf(t))
	c.charge(0, sizeTable+len(arrayOf(t))*sizeSlot+hashed(n))
	out := vm.L.CreateTable(len(arrayOf(t)), n)
	c.done[t] = out
	at.of, at.copy = t, out
	c.tables = append(c.tables, at)
	me := len(c.tables) - 1
	c.todo = append(c.todo, func() {
		for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
			below := copied{up: me, key: k}
			out.RawSet(c.copy(k, below), c.copy(v, below))
		}
		if mt, ok := t.Metatable.(*lua.LTable); ok {
			out.Metatable = c.copy(mt, copied{up: me, key: lua.LString("(metatable)")})
		}
	})
	return out
}

// isHosts reports whether a table is a metatable that the host made.
func (vm *VM) isHosts(t *lua.LTable) bool {
	b := &vm.bound
	return t == b.array || t == b.errMeta || t == b.lazy || b.null != nil && b.null.Metatable == lua.LValue(t) || slices.Contains(b.metas, t)
}

func (c *copier) function(fn *lua.LFunction) lua.LValue {
	L := c.r.vm.L
	if fn.IsG {
		if len(fn.Upvalues) == 0 {
			return fn
		}
		// What it does to itself nobody can see: it may be an iterator, or a coroutine.
		return L.NewFunction(func(L *lua.LState) int {
			lualib.Raise(L, "the function may change what it belongs to, and this repl only reads; start it with --write")
			return 0
		})
	}
	c.charge(1, sizeFunction+len(fn.Upvalues)*sizeUpvalue)
	out := L.NewFunctionFromProto(fn.Proto)
	out.Env = c.r.session.env
	c.done[fn] = out
	for i, uv := range fn.Upvalues {
		if uv != nil {
			out.Upvalues[i] = c.cell(uv, fn.Proto.DbgUpvalues[i])
		}
	}
	return out
}

func (c *copier) cell(uv *lua.Upvalue, name string) *lua.Upvalue {
	if out := c.cells[uv]; out != nil {
		return out
	}
	out := &lua.Upvalue{}
	out.Close()
	out.SetValue(lua.LNil)
	c.cells[uv] = out
	c.vars = append(c.vars, copiedVar{uv, out, name})
	c.todo = append(c.todo, func() { out.SetValue(c.copy(uv.Value(), copied{up: -1, name: name})) })
	return out
}

func (c *copier) object(ud *lua.LUserData) lua.LValue {
	if ud == c.r.vm.bound.null {
		return ud
	}
	c.charge(1, sizeUserdata)
	out := &lua.LUserData{Value: ud.Value, Metatable: ud.Metatable}
	c.done[ud] = out
	if ud.Env != nil {
		c.todo = append(c.todo, func() { out.Env = c.copy(ud.Env, copied{up: -1, name: "an object"}).(*lua.LTable) })
	}
	return out
}

// changed names the first thing whose copy is not what it was copied from, "" if all are.
// It must be asked before the script has run again.
func (c *copier) changed() string {
	for _, v := range c.vars {
		if c.charge(1, 0); !c.same(v.of.Value(), v.copy.Value()) {
			return "the variable " + v.name
		}
	}
	for i := range c.tables {
		t := &c.tables[i]
		n := 0
		for k, v := t.of.Next(lua.LNil); k != lua.LNil; k, v = t.of.Next(k) {
			c.charge(1, 0)
			if n++; !c.same(v, t.copy.RawGet(c.copyOf(k))) {
				return c.path(t, k)
			}
		}
		for k, _ := t.copy.Next(lua.LNil); k != lua.LNil; k, _ = t.copy.Next(k) {
			c.charge(1, 0)
			if n--; isPlainKey(k) && t.of.RawGet(k) == lua.LNil {
				return c.path(t, k)
			}
		}
		if n < 0 { // a key that is a table or the like
			return c.path(t, nil)
		}
		if !c.same(t.of.Metatable, t.copy.Metatable) {
			return "the metatable of " + c.path(t, nil)
		}
	}
	return ""
}

// isPlainKey reports whether a key is its own copy.
func isPlainKey(k lua.LValue) bool {
	switch k.(type) {
	case lua.LString, lua.LNumber, lua.LBool:
		return true
	}
	return false
}

// copyOf is what a value was copied to.
func (c *copier) copyOf(v lua.LValue) lua.LValue {
	if isPlainKey(v) {
		return v
	}
	if out, ok := c.done[v]; ok {
		return out
	}
	return v
}

func (c *copier) same(of, copy lua.LValue) bool {
	if n, ok := of.(lua.LNumber); ok && n != n {
		m, ok := copy.(lua.LNumber)
		return ok && m != m
	}
	if c.copyOf(of) == copy {
		return true
	}
	// What is not copied is there under another name: all globals, modules.
	t, ok := of.(*lua.LTable)
	fn, isFn := of.(*lua.LFunction)
	return ok && c.table(t, copied{}) == copy || isFn && fn.IsG && copy != lua.LNil
}

// path names a field of a table, or the table if key is nil.
func (c *copier) path(t *copied, key lua.LValue) string {
	var steps []lua.LValue
	if key != nil {
		steps = append(steps, key)
	}
	for t.up >= 0 && len(steps) < 10 {
		steps = append(steps, t.key)
		t = &c.tables[t.up]
	}
	text := t.name
	for _, k := range slices.Backward(steps) {
		if s, ok := k.(lua.LString); ok && isName(string(s)) {
			text += "." + string(s)
		} else if ok {
			text += fmt.Sprintf("[%q]", clip(string(s)))
		} else {
			text += "[" + shown(k) + "]"
		}
	}
	return Visible(c.r.hide(text))
}

// foreign reports whether an evaluation that only reads may not resume a coroutine.
func (r *evaluation) foreign(co *lua.LState) bool {
	if r == nil || r.Write {
		return false
	}
	_, mine := r.cos[co]
	return !mine
}

// made notes a coroutine of an evaluation.
func (r *evaluation) made(co *lua.LState) {
	if r == nil || r.Write {
		return
	}
	if r.cos == nil {
		r.cos = map[*lua.LState]struct{}{}
	}
	r.cos[co] = struct{}{}
}

// require gives a copy of a module that the script has loaded.
func (r *evaluation) require(L *lua.LState, name string) int {
	m := r.vm.required[name]
	if m == nil || m.value == nil {
		lualib.Raise(L, "require %q: the script has not loaded it, and this repl only reads; start it with --write", name)
	}
	L.Push(r.copies.value(m.value, name))
	return 1
}
