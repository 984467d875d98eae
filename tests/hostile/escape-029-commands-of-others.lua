-- expect: harmless: took part
bot.command("attack", function(ev) ev:reply("took part") end)
pcall(bot.command, "ping", function(ev) end)
