-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function() kv.update("k", function() while true do end end) end)
