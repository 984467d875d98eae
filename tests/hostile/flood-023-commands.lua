-- expect: error: subscriptions already
bot.command("attack", function() for i = 1, 1e9 do bot.command("c" .. i, function() end) end end)
