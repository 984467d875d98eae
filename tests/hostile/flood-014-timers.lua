-- expect: error: timers already
bot.command("attack", function() while true do assert(after(1000, function() end)) end end)
