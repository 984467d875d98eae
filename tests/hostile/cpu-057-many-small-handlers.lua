-- expect: throttled: suspended
-- limits: steps: 100000
-- why: each is within its budget until it is not, and there is always another
bot.on("loop.again", function() for i = 1, 1e9 do end end)
bot.command("attack", function() for i = 1, 20 do bot.emit("loop.again") end end)
