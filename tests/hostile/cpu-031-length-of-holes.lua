-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function()
  local t = {}
  t[262143] = 1
  t[262143] = nil
  while true do local _ = #t, #t, #t; table.insert(t, nil) end
end)
