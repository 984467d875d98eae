package script

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Each case is a handler for one message; out() must print want. `part` of an error is
// expected in the report when set.
var traps = []struct {
	name, code, want, fault string
}{
	// Captured locals survive errors.
	{"upvalue after pcall in a function", `
		local n = 0; local inc = function() n = n + 1 end
		pcall(error, "x"); inc(); out(n)`, "1", ""},
	{"upvalue after xpcall", `
		local n = 0; local inc = function() n = n + 1 end
		xpcall(function() error("x") end, function(e) return e end); inc(); out(n)`, "1", ""},
	{"upvalue after a failed inner function that captured it", `
		local n, inc = 0
		pcall(function() inc = function() n = n + 1 end; error("x") end)
		inc(); out(n)`, "1", ""},
	{"upvalue in a coroutine", `
		local co = coroutine.wrap(function()
			local n = 0; local inc = function() n = n + 1 end
			pcall(error, "x"); inc(); coroutine.yield(n); inc(); coroutine.yield(n)
		end)
		out(co(), co())`, "1 2", ""},
	{"upvalue after a wrap error", `
		local n = 0; local inc = function() n = n + 1 end
		pcall(coroutine.wrap(function() error("x") end)); inc(); out(n)`, "1", ""},
	{"upvalue after a call stack overflow", `
		local n = 0; local inc = function() n = n + 1 end
		local function deep() return 1 + deep() end
		local ok, err = pcall(deep); inc(); out(n, ok, (err:gsub("^.-:%d+: ", "")))`, "1 false stack overflow (more than 200 nested calls)", ""},
	{"upvalues of the failed function", `
		local get
		pcall(function() local v = 7; get = function() return v end; error("x") end)
		out(get())`, "7", ""},

	// Waits anywhere.
	{"wait in pcall", `out(pcall(function() sleep(1) return "a", nil, "b" end))`, "true a nil b", ""},
	{"wait in pcall then error object", `
		local e = {}
		local ok, got = pcall(function() sleep(1) error(e) end); out(ok, got == e)`, "false true", ""},
	{"wait in sort", `
		local t = {3, 1, 2}
		table.sort(t, function(a, b) sleep(0.1) return a < b end); out(t[1], t[2], t[3])`, "1 2 3", ""},
	{"wait in gsub function", `out((("abc"):gsub(".", function(c) sleep(0.1) return c:upper() end)))`, "ABC", ""},
	{"wait in gsub table", `
		local t = setmetatable({}, {__index = function(_, k) sleep(0.1) return k .. k end})
		out((("ab"):gsub(".", t)))`, "aabb", ""},
	{"wait in metamethods", `
		local mt = {}
		for _, k in ipairs{"__add", "__sub", "__mul", "__div", "__mod", "__pow", "__concat"} do mt[k] = function() sleep(0.1) return k end end
		mt.__unm = function() sleep(0.1) return "unm" end
		mt.__index = function(_, k) sleep(0.1) return k end
		mt.__newindex = function(t, k, v) sleep(0.1) rawset(t, k, v) end
		mt.__call = function(_, a) sleep(0.1) return a end
		mt.__eq = function() sleep(0.1) return true end
		mt.__lt = function() sleep(0.1) return true end
		mt.__le = function() sleep(0.1) return false end
		mt.__tostring = function() sleep(0.1) return "str" end
		local a, b = setmetatable({}, mt), setmetatable({}, mt)
		out(a + b, a - b, a * b, a / b, a % b, a ^ b, a .. b, -a, a.x, a(5), a == b, a < b, a <= b, tostring(a))
		a.y = 1; out(rawget(a, "y"))`, "__add __sub __mul __div __mod __pow __concat unm x 5 true true false str\n1", ""},
	{"wait in an iterator", `
		local function upto(n) local i = 0; return function() sleep(0.1); i = i + 1; if i <= n then return i end end end
		local s = ""; for i in upto(3) do s = s .. i end; out(s)`, "123", ""},
	{"wait in nested coroutines", `
		local inner = coroutine.wrap(function() sleep(1) coroutine.yield("in") sleep(1) return "end" end)
		local outer = coroutine.wrap(function() sleep(1) coroutine.yield(inner()) sleep(1) return inner() end)
		out(outer(), outer())`, "in end", ""},
	{"wait with varargs and tail calls", `
		local function f(...) sleep(0.1) return select("#", ...), ... end
		local function g(...) return f(...) end
		out(g(1, nil, 3))`, "3 1 nil 3", ""},
	{"wait 60 frames deep", `
		local function deep(n) if n == 0 then sleep(1) return 0 end return 1 + deep(n - 1) end
		out(deep(60))`, "60", ""},

	// Coroutines as the manual says.
	{"yield and resume", `
		local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) return a + b end)
		out(coroutine.resume(co, 1)); out(coroutine.status(co)); out(coroutine.resume(co, 10)); out(coroutine.status(co)); out(coroutine.resume(co))`,
		"true 2\nsuspended\ntrue 11\ndead\nfalse cannot resume dead coroutine", ""},
	{"resume results count", `
		local co = coroutine.create(function() coroutine.yield() return nil end)
		out(select("#", coroutine.resume(co)), select("#", coroutine.resume(co)))`, "1 2", ""},
	{"running and status", `
		out(coroutine.running())
		local co; co = coroutine.create(function()
			out(coroutine.running() == co, coroutine.status(co))
			pcall(function() out(coroutine.running() == co) end)
			coroutine.wrap(function() out(coroutine.status(co)) end)()
		end); coroutine.resume(co)`, "nil\ntrue running\ntrue\nnormal", ""},
	{"error in a coroutine", `
		local co = coroutine.create(function() error({1}) end)
		local ok, e = coroutine.resume(co); out(ok, type(e), coroutine.status(co))`, "false table dead", ""},
	{"coroutines that resume each other", `
		local a, b
		a = coroutine.create(function() return coroutine.resume(b) end)
		b = coroutine.create(function() return coroutine.resume(a) end)
		out(coroutine.resume(a))`, "true true false cannot resume normal coroutine", ""},
	{"coroutines without end", `
		local function nest(n) local ok, v = coroutine.resume(coroutine.create(nest), n + 1); return v == nil and n or v end
		local depth, err = pcall(nest, 0); out(depth)`, "true", ""},
	{"yield across pcall", `
		local co = coroutine.create(function() return pcall(coroutine.yield, 1) end)
		local _, ok, err = coroutine.resume(co); out(ok, (err:gsub("^.-:%d+: ", "")), coroutine.status(co))`, "false attempt to yield across metamethod/C-call boundary dead", ""},
	{"yield across a pcalled function", `
		local co = coroutine.create(function() return pcall(function() coroutine.yield(1) end) end)
		local _, ok, err = coroutine.resume(co); out(ok, err:match("attempt to yield across") ~= nil)`, "false true", ""},
	{"yield across metamethod", `
		local m = setmetatable({}, {__index = function() return coroutine.yield(1) end})
		local co = coroutine.create(function() local x = m.a; return "on" end)
		local ok, err = coroutine.resume(co); out(ok, err:match("attempt to yield across") ~= nil, coroutine.status(co))
		out(coroutine.resume(co))`, "false true dead\nfalse cannot resume dead coroutine", ""},
	{"yield across sort", `
		local co = coroutine.create(function() table.sort({3, 2, 1}, function(a, b) coroutine.yield() return a < b end) end)
		local ok, err = coroutine.resume(co); out(ok, err:match("attempt to yield across") ~= nil, coroutine.status(co)); out("sound")`, "false true dead\nsound", ""},
	{"yield as the sort function", `
		local co = coroutine.create(function() table.sort({3, 2, 1}, coroutine.yield) return 1 end)
		out((coroutine.resume(co)), coroutine.status(co)); out("sound")`, "false dead\nsound", ""},
	{"yield in an iterator", `
		local co = coroutine.create(function() for x in function() coroutine.yield(1) return nil end do end return "done" end)
		local ok = coroutine.resume(co); out(ok == true or ok == false, coroutine.status(co) ~= "running"); out("sound")`, "true true\nsound", ""},
	{"yield outside", `out(pcall(coroutine.yield))`, "false attempt to yield from outside a coroutine", ""},

	// Odd calls.
	{"pcall of a non-function", `
		for depth = 0, 20 do
			local function f(n) if n == 0 then return pcall(nil) end local a, b = f(n - 1) return a, b end
			local ok, err = f(depth); assert(ok == false and err == "attempt to call a nil value", err)
		end
		out("ok")`, "ok", ""},
	{"pcall of a callable table", `out(pcall(setmetatable({}, {__call = function(_, a) return a end}), 5))`, "true 5", ""},
	{"pcall in pcall", `out(pcall(pcall, error, "x"))`, "true false x", ""},
	{"endless pcall nesting", `
		local function nest() return pcall(nest) end
		out((nest()))`, "true", ""},
	{"xpcall handler fails", `out((xpcall(function() error("a") end, function() error("b") end)))`, "false", ""},
	{"a host function panics", `local ok, err = pcall(boom); out(ok, err:match("host fault") ~= nil); out("sound")`, "false true\nsound", ""},
	{"varargs overflow the registry", `
		local function f(...) return f(1, 2, 3, 4, 5, 6, 7, 8, ...) end
		out((pcall(f))); out("sound")`, "false\nsound", ""},

	// Errors reach the author.
	{"an error names its line", "\n\nerror('bad')", "", "trap.lua:3: bad"},
	{"an error object", `error({code = "denied", message = "no"})`, "", "denied: no"},
	{"endless loop", `while true do end`, "", "stopped: more than 2000000 instructions"},
	{"endless loop in pcall", `while true do pcall(function() while true do end end) end`, "", "stopped: more than 2000000 instructions"},
	{"endless loop in a coroutine", `while true do coroutine.wrap(function() while true do end end)() end`, "", "stopped: more than 2000000 instructions"},
	{"endless tail calls", `local function f() return f() end f()`, "", "stopped: more than 2000000 instructions"},
	{"an error after the limit is no way out", `xpcall(function() while true do end end, function() out("escaped") end) out("escaped")`, "", "stopped: more than 2000000 instructions"},
}

func TestTraps(t *testing.T) {
	for _, tt := range traps {
		t.Run(tt.name, func(t *testing.T) {
			inVirtualTime(t, func(b *bench) {
				b.mustLoad("trap", "on('message', function(ev)"+tt.code+"\nend)\non('join', function() out('alive') end)")
				b.say("go")
				b.idle()
				if got := b.got(); got != tt.want {
					t.Errorf("printed:\n%s\nwant:\n%s\nfaults: %s", got, tt.want, b.faults())
				}
				if got := b.faults(); tt.fault == "" && got != "" || !strings.Contains(got, tt.fault) {
					t.Errorf("faults %q, want one with %q", got, tt.fault)
				}
			})
		})
	}
}

func TestCapturedLocalsAtTopLevel(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("top", `
			local n = 0
			on("message", function() n = n + 1 out("first", n) end)
			pcall(error, "x")
			on("message", function() n = n + 1 out("second", n) end)`)
		b.say("a")
		b.say("b")
		b.idle()
		if got, want := b.got(), "first 1\nsecond 2\nfirst 3\nsecond 4"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestCoroutineParkedElsewhere(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("co", `
			local co = coroutine.create(function() sleep(5) out("A goes on") coroutine.yield() out("finished by B") end)
			on("message", function(ev)
				if text(ev) == "a" then out("A", coroutine.resume(co))
				else out("B", coroutine.status(co)); out("B", coroutine.resume(co)) end
			end)`)
		b.say("a")
		synctest.Wait()
		b.say("b")
		time.Sleep(10 * time.Second)
		b.say("b")
		b.idle()
		want := "B normal\nB false cannot resume normal coroutine\nA goes on\nA true\nB suspended\nfinished by B\nB true"
		if got := b.got(); got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	})
}
