-- expect: stopped: memory or stopped: allocation
bot.command("attack", function()
  for i = 1, 500 do local s = ("x"):rep(100000) .. i assert(cron.every("1h", function() return s end)) end
end)
