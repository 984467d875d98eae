-- expect: stopped: effort
-- limits: handler_time: 300ms
local function f(n) return f(n + 1) end
bot.command("attack", function() f(0) end)
