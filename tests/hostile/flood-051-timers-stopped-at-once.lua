-- expect: stopped: effort
-- limits: handler_time: 200ms
bot.command("attack", function() while true do every(1, function() end):stop() after(0, function() end):stop() end end)
