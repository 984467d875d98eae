-- expect: error: at last or stopped: effort
-- limits: steps: 100000000, handler_time: 5s
local function f(n) if n == 0 then error("at last") end return f(n - 1) end
bot.command("attack", function() f(1000000) end)
