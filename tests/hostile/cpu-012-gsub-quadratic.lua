-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function()
  local s = ("x"):rep(100000)
  while true do s = s:gsub("x", "xx"):sub(1, 500000) end
end)
