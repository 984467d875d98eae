-- expect: error: invalid format
bot.command("attack", function() return ("%99999999d"):format(1) end)
