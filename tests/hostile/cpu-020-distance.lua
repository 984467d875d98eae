-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function()
  local s = ("ab"):rep(100000)
  text.distance(s, s .. "c")
end)
