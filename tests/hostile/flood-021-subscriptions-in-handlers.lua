-- expect: error: subscriptions already
-- say: more
-- say: and more
bot.on("message", function() for i = 1, 3000 do bot.on("message", function() end) end end)
bot.command("attack", function() for i = 1, 9000 do bot.on("join", function() end) end end)
