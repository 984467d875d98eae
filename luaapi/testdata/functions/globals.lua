--- sleep works
local began = time.now()
sleep("1m30s")
same(time.now() - began, 90)
--> t.clock:advance("2m")

--- sleep wrong: argument 1 (d): expected a duration (seconds, or text such as "90s", "5m", "1h30m", "2d"), got the string "5 minutes"
sleep("5 minutes")

--- sleep cannot fail: waits

--- after works
local at
after("5s", function() at = time.now() end)
local began = time.now()
sleep(6)
same(at - began, 5)
--> t.clock:advance("10s")

--- after wrong: argument 2 (fn): expected a function, got nil
after(5)

--- after fails: quota: timers
for _ = 1, 100000 do
  local timer, err = after("1h", print)
  if not timer then return timer, err end
end

--- every works
local n = 0
every("10m", function() n = n + 1 end)
sleep("1h")
assert(n == 5 or n == 6)
--> t.clock:advance("61m")

--- every wrong: argument 1 (d): expected a duration of at least 10ms, got 0s
every(0, print)

--- every fails: quota: timers
for _ = 1, 100000 do
  local timer, err = every("1h", print)
  if not timer then return timer, err end
end

--- timeout works
same({timeout("2s", function(a) sleep(1) return a, "b" end, "a")}, {"a", "b"})
--> t.clock:advance("1s")

--- timeout wrong: argument 2 (fn): expected a function, got the string "slow"
timeout("2s", "slow")

--- timeout fails: timeout: it took longer than 2s
return timeout("2s", function() sleep("1h") end)
--> t.clock:advance("2s")

--- timeout fails: raises no such thing
timeout("2s", function() error("no such thing") end)

--- race works
same(race(function() sleep(3) return "slow" end, function() sleep(1) return "fast" end), "fast")
--> t.clock:advance("3s")

--- race wrong: argument 2 (fn): expected a function, got nil
race(print, nil)

--- race wrong: expected at least one function
race()

--- race fails: raises no such thing
race(function() sleep(3) end, function() error("no such thing") end)

--- all works
same({all(function() sleep(3) return "a", "x" end, function() sleep(1) return "b" end)}, {"a", "b"})
--> t.clock:advance("3s")

--- all wrong: argument 1 (fn): expected a function, got a table
all({})

--- all fails: raises no such thing
all(function() sleep(3) end, function() error("no such thing") end)

--- state works
local st = state{ n = 1 }
bot.command("count", function() st.n = st.n + 1 end)
-- !row
same(st.n, 1)
--> ann:says("!count")
--> t:reload()
--> expect(t:state("state_works").n):equals(2)

--- state wrong: argument 1 (fields): expected a table, got nil
state()
-- !row

--- state wrong: argument 1 (fields): version: expected a whole number from 1
state{ version = 0 }
-- !row

--- state fails: raises state: call it while the script loads
state{ n = 1 }

--- expect works
expect(1 + 1):equals(2)

--- expect cannot fail: tells
