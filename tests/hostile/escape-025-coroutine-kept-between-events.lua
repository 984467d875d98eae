-- expect: stopped: instructions
-- limits: steps: 200000, handler_time: 20s
-- say: again
-- why: a coroutine runs on the budget of whoever resumes it
local co = coroutine.wrap(function() while true do for i = 1, 100 do end coroutine.yield() end end)
bot.on("message", function() co() end)
bot.command("attack", function() while true do co() end end)
