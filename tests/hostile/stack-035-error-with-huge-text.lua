-- expect: error: xxxxxxxx
bot.command("attack", function() error(("x"):rep(1000000)) end)
