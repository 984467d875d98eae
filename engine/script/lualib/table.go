package lualib

import (
	lua "github.com/yuin/gopher-lua"
)

var tableShared = []sharedFunction{
	{"foreach", shared(tabForeach)},
	{"foreachi", shared(tabForeachi)},
	{"getn", shared(tabGetn)},
	{"insert", shared(tabInsert)},
	{"maxn", shared(tabMaxn)},
	{"remove", shared(tabRemove)},
	{"sort", shared(tabSort)},
}

func (l *lib) tableFuncs() []function { return []function{{"concat", l.tabConcat}} }

// itemsPerUnit says how many items of a table moved or visited cost one unit.
const itemsPerUnit = 4

func (l *lib) tabConcat(L *lua.LState) int {
	t := checkReadable(L, "concat")
	sep := optString(L, 2, "concat", "")
	i := optInt(L, 3, "concat", 1)
	j := 0
	if L.Get(4) == lua.LNil {
		j = t.Len()
	} else {
		j = checkInt(L, 4, "concat")
	}
	b := l.newBuffer(L)
	for n := 1; i <= j; i, n = i+1, n+1 {
		v := t.RawGetInt(i)
		if !isText(v) {
			raise(L, "invalid value (%s) at index %d in table for 'concat'", v.Type(), i)
		}
		b.value(v)
		if i < j {
			b.string(sep)
		}
		if n%(itemsPerUnit*16) == 0 {
			charge(L, 16)
		}
	}
	L.Push(b.finish())
	return 1
}

func tabGetn(L *lua.LState) int {
	L.Push(intValue(checkReadable(L, "getn").Len()))
	return 1
}

// tabMaxn looks at every key, as the manual says.
func tabMaxn(L *lua.LState) int {
	t := checkReadable(L, "maxn")
	most := lua.LNumber(t.MaxN())
	k, n := lua.LNil, 0
	if most > 0 {
		k = most // what follows is not part of the list
	}
	for k, _ = t.Next(k); k != lua.LNil; k, _ = t.Next(k) {
		if f, ok := k.(lua.LNumber); ok && f > most {
			most = f
		}
		if n++; n%(itemsPerUnit*16) == 0 {
			charge(L, 16)
		}
	}
	L.Push(numValue(float64(most)))
	return 1
}

func tabInsert(L *lua.LState) int {
	t := checkWritable(L, "insert")
	n := t.Len()
	pos, v := n+1, L.Get(2)
	switch L.GetTop() {
	case 2:
	case 3:
		pos, v = checkInt(L, 2, "insert"), L.Get(3)
	default:
		raise(L, "wrong number of arguments to 'insert'")
	}
	switch {
	case pos < 1:
		argError(L, 2, "insert", "position out of bounds")
	case n+1 >= lua.MaxArrayIndex:
		raise(L, "table too long (limit %d items)", n)
	case pos > n:
		setBeyond(L, t, n, pos, v)
	default:
		charge(L, (n-pos)/(itemsPerUnit*4))
		t.RawSetInt(n, takeLast(t))
		t.Insert(pos, v)
	}
	return 0
}

// setBeyond sets an index after the end of a list of n items; gopher-lua fills the
// items between.
func setBeyond(L *lua.LState, t *lua.LTable, n, pos int, v lua.LValue) {
	if pos < lua.MaxArrayIndex {
		charge(L, (pos-n)/itemsPerUnit)
		alloc(L, (pos-n)*16)
	}
	t.RawSetInt(pos, v)
}

// takeLast removes and returns the last item of a list, which must not be empty, and
// the nils that gopher-lua keeps after it when items were taken by assigning nil.
// Insert would push them on and on, Remove would take them.
func takeLast(t *lua.LTable) lua.LValue {
	for {
		if v := t.Remove(-1); v != lua.LNil {
			return v
		}
	}
}

func tabRemove(L *lua.LState) int {
	t := checkWritable(L, "remove")
	n := t.Len()
	pos := optInt(L, 2, "remove", n)
	if pos < 1 || pos > n {
		return 0
	}
	last := takeLast(t)
	if pos == n {
		L.Push(last)
		return 1
	}
	charge(L, (n-pos)/(itemsPerUnit*4))
	t.RawSetInt(n, last)
	L.Push(t.Remove(pos))
	return 1
}

func tabForeach(L *lua.LState) int {
	t, fn := checkReadable(L, "foreach"), checkFunction(L, 2, "foreach")
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		if r := call2(L, fn, k, v); r != lua.LNil {
			L.Push(r)
			return 1
		}
	}
	return 0
}

func tabForeachi(L *lua.LState) int {
	t, fn := checkReadable(L, "foreachi"), checkFunction(L, 2, "foreachi")
	for i, n := 1, t.Len(); i <= n; i++ {
		if r := call2(L, fn, intValue(i), t.RawGetInt(i)); r != lua.LNil {
			L.Push(r)
			return 1
		}
	}
	return 0
}

// call2 calls a Lua function unprotected and returns its first result.
func call2(L *lua.LState, fn *lua.LFunction, a, b lua.LValue) lua.LValue {
	L.Push(fn)
	L.Push(a)
	L.Push(b)
	L.Call(2, 1)
	r := L.Get(-1)
	L.Pop(1)
	return r
}
