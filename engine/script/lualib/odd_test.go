package lualib_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

// Every function with every kind of odd argument answers or raises; none panics, and
// none hands out a real library table.
func TestOddArguments(t *testing.T) {
	L := newState(t, lualib.Options{MaxString: 1 << 16}, new(bytes.Buffer))
	list := L.NewTable()
	for i := range 5 {
		list.RawSetInt(i+1, lua.LNumber(5-i))
	}
	values := []lua.LValue{
		lua.LNil, lua.LNumber(-1), lua.LNumber(math.Inf(1)), lua.LString("12"), L.GetGlobal("tostring"),
		// The rest is not tried as a third argument.
		list, lua.LString("abc"), lua.LNumber(1 << 53), lua.LNumber(math.NaN()), lua.LTrue, lua.LNumber(2.5),
		lua.LNumber(-1 << 63), lua.LString(""), lua.LString("%d(%"), lua.LString(strings.Repeat("x", 2000)),
		L.GetGlobal("string"), &lua.LUserData{Metatable: lua.LNil},
	}
	var names []string
	var fns []lua.LValue
	collect := func(prefix string, from *lua.LTable) {
		lualib.Behind(from).ForEach(func(k, v lua.LValue) {
			if _, ok := v.(*lua.LFunction); ok && k.String() != "print" && k.String() != "pcall" { // those are of the test
				names = append(names, prefix+k.String())
				fns = append(fns, v)
			}
		})
	}
	collect("", L.G.Global)
	for _, m := range []string{"string", "table", "math", "os"} {
		collect(m+".", L.GetGlobal(m).(*lua.LTable))
	}
	if len(fns) < 70 {
		t.Fatalf("only %d functions", len(fns))
	}
	call := func(i int, args ...lua.LValue) {
		m := newMeter(20_000, 1<<24)
		L.SetContext(m)
		L.Push(fns[i])
		for _, a := range args {
			L.Push(a)
		}
		err := L.PCall(len(args), lua.MultRet, nil)
		var api *lua.ApiError
		if errors.As(err, &api) && api.Type == lua.ApiErrorPanic {
			t.Fatalf("%s(%v) panicked: %v", names[i], args, err)
		}
		for j := 1; j <= L.GetTop(); j++ {
			if tab, ok := L.Get(j).(*lua.LTable); ok && tab == lualib.Behind(L.GetGlobal("string").(*lua.LTable)) {
				t.Fatalf("%s(%v) handed out the table behind string", names[i], args)
			}
		}
		L.SetTop(0)
	}
	for i := range fns {
		call(i)
		for _, a := range values {
			call(i, a)
			for _, b := range values {
				call(i, a, b)
				for _, c := range values[:5] {
					call(i, a, b, c)
				}
			}
		}
	}
}
