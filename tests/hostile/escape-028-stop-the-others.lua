-- expect: harmless: first
-- why: stop keeps an event from this script's own handlers alone
bot.on("message", function(ev) ev:stop() end)
bot.command("attack", function(ev) ev:stop() ev:reply("first") end)
