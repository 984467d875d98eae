-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function()
  local s = ("("):rep(1000000)
  while true do s:find("%b()") end
end)
