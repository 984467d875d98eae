-- expect: stopped: effort
-- limits: steps: 100000, handler_time: 50ms
for i = 1, 500 do bot.on("message", function() while true do end end) end
