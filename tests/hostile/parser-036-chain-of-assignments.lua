-- expect: harmless: loaded
-- generate: "local a\na" + ", a"*10000 + " = 1" + ", 1"*10000
bot.command("attack", function(ev) ev:reply("loaded") end)
