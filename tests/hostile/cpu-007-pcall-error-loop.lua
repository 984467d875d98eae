-- expect: stopped: effort
-- limits: handler_time: 200ms
bot.command("attack", function() while true do pcall(error, {}) end end)
