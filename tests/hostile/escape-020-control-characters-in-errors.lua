-- expect: error: bell
bot.command("attack", function() error("bell\7\27[2J\r\n") end)
