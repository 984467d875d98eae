-- expect: stopped: effort or error: too long or error: longer than
-- limits: handler_time: 100ms
bot.command("attack", function()
  local bomb = ("%c"):rep(500000)
  while true do pcall(os.date, bomb); time.format(0, ("%F%T"):rep(250000)) end
end)
