-- expect: stopped: effort or error: already
-- limits: handler_time: 200ms
bot.command("attack", function() while true do local s = bot.command("again", function() end) s:off() end end)
