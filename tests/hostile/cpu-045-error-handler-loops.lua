-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function()
  xpcall(function() error("x") end, function() while true do end end)
end)
