-- expect: refused at load: too complex or refused at load: too many or harmless: loaded
-- generate: "do " + "local a# = 0 "*190 + "\n" + "x = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7\n"*5000 + "end"
bot.command("attack", function(ev) ev:reply("loaded") end)
