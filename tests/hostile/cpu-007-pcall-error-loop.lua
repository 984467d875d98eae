-- expect: stopped: instructions or stopped: time or stopped: allocation
-- limits: handler_time: 200ms
bot.command("attack", function() while true do pcall(error, {}) end end)
