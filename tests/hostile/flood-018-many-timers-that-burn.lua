-- expect: stopped: effort
-- limits: steps: 100000, handler_time: 20ms
bot.command("attack", function() for i = 1, 500 do every(0.01, function() while true do end end) end end)
