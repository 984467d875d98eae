package script

import (
	"runtime"
	"testing"
	"weak"

	lua "github.com/yuin/gopher-lua"
)

// Nothing a handler had in its hands may stay for long with what the VM keeps for the
// next one: nobody would count it.
func TestFinishedHandlersKeepNothing(t *testing.T) {
	for name, code := range map[string]string{
		"local":             `local x = thing() local y = x`,
		"argument":          `(function(...) local a = {...} return #a end)(thing(), thing())`,
		"call":              `tostring(thing())`,
		"pcall":             `pcall(function() local x = thing() return x end)`,
		"failed pcall":      `pcall(function() local x = thing() error(x) end)`,
		"error":             `local x = thing() error({x})`,
		"coroutine":         `local co = coroutine.wrap(function() local x = thing() coroutine.yield(x) end) co()`,
		"failed coroutine":  `coroutine.resume(coroutine.create(function() local x = thing() error(x) end))`,
		"deep":              `local function f(n) local x = thing() if n > 0 then return 1 + f(n - 1) end return 0 end f(50)`,
		"many":              `local t = {} for i = 1, 100 do t[i] = thing() end return unpack(t)`,
		"wait":              `local x = thing() sleep(0) local y = x`,
		"wait in pcall":     `pcall(function() local x = thing() sleep(0) error(x) end)`,
		"wait in coroutine": `coroutine.wrap(function() local x = thing() sleep(0) return x end)()`,
		"tasks":             `for i = 1, 3 do local x = thing() spawn(function() local f = function() sleep(0.01) return x end f() end) end sleep(0.1)`,
		"task":              `local x = thing() spawn(function() local y = x end)`,
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			defer b.stop()
			var things []weak.Pointer[lua.LUserData]
			b.m.onOpen = func(vm *VM) {
				b.globals(vm)
				vm.L.SetGlobal("thing", vm.L.NewFunction(func(L *lua.LState) int {
					ud := L.NewUserData()
					things = append(things, weak.Make(ud))
					L.Push(ud)
					return 1
				}))
			}
			b.mustLoad("keep", `on("message", function(ev) if text(ev) == "" then return end `+code+` end)`)
			b.say("x")
			b.idle()
			vm := b.m.slot("keep").cur
			vm.post(func() { vm.grown, vm.heapAtWalk, vm.walkAt = 1, 0, 1 })
			b.idle()
			b.say("") // the walk
			b.idle()
			for range 3 { // a pool survives one collection
				runtime.GC()
			}
			left := 0
			for _, w := range things {
				if w.Value() != nil {
					left++
				}
			}
			if left > 0 {
				t.Errorf("%d of %d objects are left", left, len(things))
			}
		})
	}
}

// The stack of a thread that held many values is not kept.
func TestLargeStacksAreLetGo(t *testing.T) {
	b := newBench(t)
	defer b.stop()
	b.mustLoad("deep", `local function f(n, ...) if n == 0 then return ... end return f(n - 1, n, ...) end
		on("message", function() f(3000) pcall(f, 3000) end)`)
	b.say("x")
	b.idle()
	vm := b.m.slot("deep").cur
	for _, th := range vm.threads {
		if n := len(valuesOf(th)); n > 1000 {
			t.Errorf("a pooled thread has room for %d values", n)
		}
	}
	if b.faults() != "" {
		t.Error(b.faults())
	}
}
