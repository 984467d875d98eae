-- expect: stopped: time
-- limits: steps: 1000000000000, handler_time: 50ms
bot.command("attack", function() while true do end end)
