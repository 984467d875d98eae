-- expect: error: subscriptions already
bot.command("attack", function() while true do bot.on("message", function() end) end end)
