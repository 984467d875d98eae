-- expect: stopped: effort
-- limits: steps: 3000000, handler_time: 400ms
bot.command("attack", function()
  local t = {}
  for i = 1, 10000 do t[i] = i end
  while true do table.sort(t, function() return true end) end
end)
