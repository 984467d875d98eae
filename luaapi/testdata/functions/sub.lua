--- sub:off works
local n = 0
local sub = bot.on("message", function() n = n + 1 end)
sleep(1)
sub:off()
sub:off()
sleep(1)
same(n, 1)
--> bob:says("one")
--> t.clock:advance("1s")
--> bob:says("two")
--> t.clock:advance("1s")

--- sub:off wrong: call it with a colon, as in sub:off(…)
bot.on("message", print).off()

--- sub:off cannot fail: ends
