package lualib

import (
	"slices"

	lua "github.com/yuin/gopher-lua"
)

// tabSort sorts a copy and writes it back at the end: the comparator may wait, and
// raise, and change the table. What others write to the table meanwhile is
// overwritten. A comparator that contradicts itself gives some order, never an error.
func tabSort(L *lua.LState) int {
	t := checkWritable(L, "sort")
	s := sorter{L: L}
	if L.Get(2) != lua.LNil {
		s.fn = checkFunction(L, 2, "sort")
	}
	n := t.Len()
	alloc(L, n*16)
	charge(L, n/itemsPerUnit)
	hold(L, n*16)
	defer hold(L, -n*16)
	items := make([]lua.LValue, n)
	for i := range items {
		items[i] = t.RawGetInt(i + 1)
	}
	if s.fn != nil {
		slices.SortFunc(items, s.byFunction)
	} else {
		slices.SortFunc(items, s.byValue)
	}
	s.charge(sortStride)
	for i, v := range items {
		t.RawSetInt(i+1, v)
	}
	return 0
}

type sorter struct {
	L    *lua.LState
	fn   *lua.LFunction
	cost int // units not charged yet
}

// sortStride is how many units of comparing are charged at once.
const sortStride = 64

func (s *sorter) charge(n int) {
	if s.cost += n; s.cost >= sortStride {
		charge(s.L, s.cost)
		s.cost = 0
	}
}

// byFunction answers with the comparator alone: a false "less" counts as equal, and
// the sort asks for nothing else.
func (s *sorter) byFunction(a, b lua.LValue) int {
	s.charge(2)
	if lua.LVAsBool(call2(s.L, s.fn, a, b)) {
		return -1
	}
	return 0
}

func (s *sorter) byValue(a, b lua.LValue) int {
	s.charge(1)
	less := false
	switch x := a.(type) {
	case lua.LNumber:
		if y, ok := b.(lua.LNumber); ok {
			less = x < y
			break
		}
		less = s.L.LessThan(a, b)
	case lua.LString:
		if y, ok := b.(lua.LString); ok {
			s.charge(min(len(x), len(y)) / bytesPerUnit)
			less = x < y
			break
		}
		less = s.L.LessThan(a, b)
	default:
		less = s.L.LessThan(a, b)
	}
	if less {
		return -1
	}
	return 0
}
