-- expect: error: have been spawned
bot.command("attack", function() while true do bot.spawn(function() end) assert(bot.spawn(function() end)) end end)
