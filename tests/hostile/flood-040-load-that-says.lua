-- expect: harmless: quiet or refused at load: cannot or harmless: hello
bot.room("lobby/lobby"):say("hello")
for i = 1, 3000 do bot.room("lobby/attic"):say("flood") end
bot.command("attack", function(ev) ev:reply("quiet") end)
