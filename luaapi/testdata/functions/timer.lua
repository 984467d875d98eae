--- timer:stop works
local n = 0
local timer = every("1s", function() n = n + 1 end)
sleep(2.5)
timer:stop()
timer:stop()
sleep(5)
same(n, 2)
--> t.clock:advance("10s")

--- timer:stop wrong: call it with a colon, as in timer:stop(…)
after(1, print).stop()

--- timer:stop cannot fail: ends
