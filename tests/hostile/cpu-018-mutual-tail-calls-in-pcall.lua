-- expect: stopped: effort
-- limits: handler_time: 300ms
local f, g
function f(n) return g(n + 1) end
function g(n) return f(n + 1) end
bot.command("attack", function() while true do pcall(f, 0) end end)
