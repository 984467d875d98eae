-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function()
  timeout(0.01, function() while true do end end)
  race(function() while true do end end, function() while true do pcall(error) end end)
end)
