-- expect: error: string too long
bot.command("attack", function() return ("x"):rep(2 ^ 40) end)
