-- expect: error: too many results
bot.command("attack", function() return unpack({}, 1, 1e9) end)
