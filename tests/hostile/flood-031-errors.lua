-- expect: throttled: errors not shown or error: flood
for i = 1, 1000 do bot.on("message", function() error("flood") end) end
