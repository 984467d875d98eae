-- expect: error: flood
bot.command("attack", function() for i = 1, 300 do every(0.01, function() error("flood") end) end end)
