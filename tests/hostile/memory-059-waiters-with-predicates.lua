-- expect: stopped: memory or stopped: allocation
bot.command("attack", function(ev)
  for i = 1, 500 do
    local s = ("x"):rep(100000) .. i
    bot.spawn(function() ev.room:wait("message", function() return s == "" end, "1h") end)
  end
end)
