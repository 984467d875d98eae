-- expect: harmless: !ping 999
-- why: what the bot itself says is no command
bot.command("attack", function(ev) ev:reply("!ping 999") end)
