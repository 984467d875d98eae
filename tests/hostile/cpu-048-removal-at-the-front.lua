-- expect: stopped: effort
-- limits: handler_time: 200ms
bot.command("attack", function()
  local t = {}
  for i = 1, 100000 do t[i] = i end
  while true do table.insert(t, 1, table.remove(t, 1)) end
end)
