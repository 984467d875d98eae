-- expect: error: at least
bot.command("attack", function() every(0, function() end) end)
