-- expect: error: handlers wait already
bot.command("attack", function() for i = 1, 1500 do bot.spawn(function() sleep(3600) end) end end)
