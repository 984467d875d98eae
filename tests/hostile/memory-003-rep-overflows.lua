-- expect: error: string too long
bot.command("attack", function() return ("xy"):rep(2 ^ 62 + 1) end)
