--- task:cancel works
local reached = false
local task = bot.spawn(function() sleep("1h") reached = true end)
task:cancel()
task:cancel()
local got, err = task:wait()
same({got, err.code, reached}, {nil, "cancelled", false})
--> t.clock:advance("2h")

--- task:cancel wrong: call it with a colon, as in task:cancel(…)
bot.spawn(print).cancel()

--- task:cancel cannot fail: ends

--- task:wait works
same({bot.spawn(function(n) sleep(1) return n, "b" end, 7):wait()}, {7, "b"})
--> t.clock:advance("1s")

--- task:wait wrong: call it with a colon, as in task:wait(…)
bot.spawn(print).wait()

--- task:wait fails: cancelled
local task = bot.spawn(function() sleep("1h") end)
after(1, function() task:cancel() end)
return task:wait()
--> t.clock:advance("1s")
