package script

import "testing"

// Captured variables survive errors that are no Lua errors: a full call stack, a fault in
// a host function, more values than a stack holds.
var deepTraps = []struct{ name, code, want string }{
	{"call stack overflow in a coroutine", `
		local inc
		local co = coroutine.create(function()
			local n = 0; inc = function() n = n + 1 return n end
			local function deep() return 1 + deep() end
			deep()
		end)
		local ok, err = coroutine.resume(co)
		out(ok, (err:gsub("^.-:%d+: ", "")), coroutine.status(co))
		out(inc(), inc())`, "false stack overflow (more than 200 nested calls) dead\n1 2"},
	{"call stack overflow in the function that captured", `
		local inc
		local co = coroutine.create(function()
			local function deep() local n = 0; inc = function() n = n + 1 return n end return 1 + deep() end
			deep()
		end)
		out((coroutine.resume(co))); out(inc(), inc())`, "false\n1 2"},
	{"host fault in a coroutine", `
		local inc
		local co = coroutine.create(function() local n = 0; inc = function() n = n + 1 return n end boom() end)
		out((coroutine.resume(co))); out(inc(), inc())`, "false\n1 2"},
	{"host fault in a nested coroutine", `
		local inc, outer
		local co = coroutine.wrap(function()
			local m = 10; outer = function() m = m + 1 return m end
			local inner = coroutine.wrap(function() local n = 0; inc = function() n = n + 1 return n end boom() end)
			inner()
		end)
		out((pcall(co))); out(inc(), inc(), outer(), outer())`, "false\n1 2 11 12"},
	{"overflow of the values given to pcall", `
		local n = 0; local inc = function() n = n + 1 return n end
		local t = {}; for i = 1, 7900 do t[i] = i end
		local ok = pcall(function()
			local m = 0; keep = function() m = m + 1 return m end
			local function twice(...) return pcall(select, "#", ..., ...) end
			local function f(...) return twice(1, ...) end
			local a, b = f(unpack(t))
			error("done")
		end)
		out(ok, inc(), inc(), keep(), keep())`, "false 1 2 1 2"},
	{"many values through pcall, resume and yield", `
		local t = {}; for i = 1, 7000 do t[i] = i end
		out(select("#", pcall(unpack, t)))
		local co = coroutine.wrap(function(...) local n = select("#", coroutine.yield(...)) return n end)
		out(select("#", co(unpack(t))), co(unpack(t)))`, "7001\n7000 7000"},
}

func TestCapturedVariablesSurviveFaults(t *testing.T) {
	for _, tt := range deepTraps {
		t.Run(tt.name, func(t *testing.T) {
			inVirtualTime(t, func(b *bench) {
				b.mustLoad("deep", "on('message', function(ev) "+tt.code+" end)")
				b.say("x")
				b.idle()
				if got := b.got(); got != tt.want {
					t.Errorf("got:\n%s\nwant:\n%s\nfaults: %s", got, tt.want, b.faults())
				}
			})
		})
	}
}
