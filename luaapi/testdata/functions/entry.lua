--- entry:cancel works
local n = 0
local e = cron.every("1m", function() n = n + 1 end)
e:cancel()
e:cancel()
sleep("5m")
same({n, #cron.list()}, {0, 0})
--> t.clock:advance("5m")

--- entry:cancel wrong: call it with a colon, as in entry:cancel(…)
cron.every("1m", print).cancel()

--- entry:cancel cannot fail: ends

--- entry:pause works
local n = 0
local e = cron.every("1m", function() n = n + 1 end)
e:pause()
sleep("5m")
same({n, e.paused, e.next}, {0, true})
--> t.clock:advance("5m")

--- entry:pause wrong: call it with a colon, as in entry:pause(…)
cron.every("1m", print).pause()

--- entry:pause cannot fail: registers

--- entry:resume works
local n = 0
local e = cron.every("1m", function() n = n + 1 end)
e:pause()
e:resume()
sleep("150s")
same({n, e.paused}, {2, false})
--> t.clock:advance("5m")

--- entry:resume wrong: call it with a colon, as in entry:resume(…)
cron.every("1m", print).resume()

--- entry:resume cannot fail: registers
