package script

import (
	"fmt"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lua51"
	"botd/engine/script/lualib"
)

// What the VM replaces of the library behaves as in Lua 5.1.
func TestConformance(t *testing.T) {
	lua51.Check(t, "testdata/lua51/*.lua", true, func(t *testing.T, code string) (string, error) {
		b := newBench(t)
		defer b.stop()
		var out strings.Builder
		b.m.onOpen = func(vm *VM) { vm.L.SetGlobal("print", vm.L.NewFunction(printTo(&out))) }
		err := b.m.Load(t.Context(), Source{Name: "test", File: "test.lua", Code: []byte(code), Limits: testLimits})
		return out.String(), err
	})
}

func printTo(out *strings.Builder) lua.LGFunction {
	return func(L *lua.LState) int {
		line := 0
		if d, ok := L.GetStack(1); ok {
			if _, err := L.GetInfo("l", d, lua.LNil); err == nil {
				line = d.CurrentLine
			}
		}
		parts := make([]string, L.GetTop())
		for i := range parts {
			parts[i] = strings.ReplaceAll(lualib.ToString(L, L.Get(i+1)), "\n", `\n`)
		}
		fmt.Fprintf(out, "%d:%s\n", line, strings.Join(parts, "\t"))
		return 0
	}
}
