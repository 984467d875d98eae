-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function()
  (("x"):rep(100000)):gsub("x", function() while true do end end)
end)
