-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function()
  local t, s = {}, ("x"):rep(100000)
  for i = 1, 3000 do t[i] = s end
  while true do table.sort(t) end
end)
