-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function()
  local digits = ("9"):rep(150)
  while true do tonumber(digits); tonumber(digits, 10); local _ = #digits + 1; digits:format() end
end)
