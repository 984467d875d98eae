-- expect: stopped: effort
-- limits: handler_time: 200ms
bot.command("attack", function()
  local t = {}
  for i = 1, 30000 do t["k" .. i] = i end
  for i = 1, 29999 do t["k" .. i] = nil end
  while true do next(t); for k in pairs(t) do end end
end)
