package lualib_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lua51"
	"botd/engine/script/lualib"
	"botd/engine/script/luasrc"
)

// newState returns a VM with the library, with a print that writes to out, and with a
// pcall that is good enough for tests.
func newState(t testing.TB, o lualib.Options, out *bytes.Buffer) *lua.LState {
	t.Helper()
	L := lua.NewState(lua.Options{
		SkipOpenLibs: true, CallStackSize: 200, RegistrySize: 256, RegistryMaxSize: 16384, MinimizeStackMemory: true,
	})
	t.Cleanup(L.Close)
	lualib.Open(L, o)
	L.SetGlobal("print", L.NewFunction(func(L *lua.LState) int {
		fmt.Fprintf(out, "%d:", line(L))
		for i := 1; i <= L.GetTop(); i++ {
			if i > 1 {
				out.WriteByte('\t')
			}
			out.WriteString(strings.ReplaceAll(lualib.ToString(L, L.Get(i)), "\n", `\n`))
		}
		out.WriteByte('\n')
		return 0
	}))
	L.SetGlobal("pcall", L.NewFunction(pcall))
	return L
}

func line(L *lua.LState) int {
	dbg, _ := L.GetStack(1)
	L.GetInfo("l", dbg, lua.LNil)
	return dbg.CurrentLine
}

func pcall(L *lua.LState) int {
	if err := L.PCall(L.GetTop()-1, lua.MultRet, nil); err != nil {
		L.Push(lua.LFalse)
		L.Push(err.(*lua.ApiError).Object)
		return 2
	}
	L.Insert(lua.LTrue, 1)
	return L.GetTop()
}

// run compiles and runs a script and returns what it printed, each text after the
// number of the line that printed it.
func run(t testing.TB, L *lua.LState, out *bytes.Buffer, name string, src []byte) (string, error) {
	t.Helper()
	proto, err := luasrc.Compile(name, src, luasrc.Limits{})
	if err != nil {
		return "", err
	}
	out.Reset()
	L.Push(L.NewFunctionFromProto(proto))
	err = L.PCall(0, 0, nil)
	return out.String(), err
}

// Scripts in lua51 hold for Lua 5.1 too; those in own are about what is ours.
func TestConformance(t *testing.T) {
	exec := func(t *testing.T, code string) (string, error) {
		var out bytes.Buffer
		return run(t, newState(t, lualib.Options{}, &out), &out, "test.lua", []byte(code))
	}
	lua51.Check(t, "testdata/lua51/*.lua", true, exec)
	lua51.Check(t, "testdata/own/*.lua", false, exec)
}
