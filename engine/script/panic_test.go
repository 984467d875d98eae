package script

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	lua "github.com/yuin/gopher-lua"
)

// A fault of ours on the way into or out of a handler must not leave a task behind: its
// generation could never end, and with it the daemon.
func TestPanicAroundAHandler(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		report := b.m.onError
		b.m.onError = func(e *Error) {
			report(e)
			if strings.Contains(e.Msg, "report this") {
				panic("report")
			}
		}
		b.m.onOpen = func(vm *VM) {
			b.globals(vm)
			vm.L.SetGlobal("many", vm.L.NewFunction(func(L *lua.LState) int {
				c := &Call{vm, taskOf(L), L}
				j, err := c.Spawn(true, Func{L.CheckFunction(1)}, make([]Value, L.CheckInt(2))...)
				if err != nil {
					L.RaiseError("%s", err.Error())
				}
				_, err = j.Wait(c)
				L.Push(lua.LBool(err == nil))
				return 1
			}))
			vm.L.SetGlobal("starts", vm.L.NewFunction(func(L *lua.LState) int {
				c := &Call{vm, taskOf(L), L}
				c.Starter(Func{L.CheckFunction(1)})(func() bool { return true }, func(bool) { b.output = append(b.output, "started") })
				return 0
			}))
		}
		b.mustLoad("odd", `on("message", function(ev)
			if text(ev) == "report" then error("report this") end
			if text(ev) == "task" then spawn(function() error("report this") end) end
			if text(ev) == "start" then starts(function() error("report this") end) end
			if text(ev) == "arguments" then out(pcall(many, function(...) return select("#", ...) end, 20000)) end
			if text(ev) == "some" then out(many(function(...) out(select("#", ...)) end, 100)) end
			out(text(ev))
		end)`)
		for _, line := range []string{"report", "task", "start", "arguments", "some", "end"} {
			b.say(line)
			synctest.Wait()
		}
		got := b.got()
		if !strings.HasPrefix(got, "task\nstart\nstarted\nfalse ") || !strings.HasSuffix(got, "arguments\n100\ntrue\nsome\nend") {
			t.Errorf("got %s", got)
		}
		if err := b.m.Unload(context.Background(), "odd"); err != nil {
			t.Error(err)
		}
	})
}
