-- expect: error: handlers wait already
-- limits: waiting: 3
bot.on("message", function() sleep(3600) end)
bot.on("join", function() sleep(3600) end)
