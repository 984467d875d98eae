-- expect: stopped: effort
-- limits: handler_time: 100ms
local function spin(...) while true do select("#", ...); local t = {...} end end
bot.command("attack", function() spin(unpack({}, 1, 5000)) end)
