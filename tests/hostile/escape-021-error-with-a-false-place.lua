-- expect: error: it was not me
bot.command("attack", function() error("innocent.lua:1: it was not me", 0) end)
