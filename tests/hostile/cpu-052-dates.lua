-- expect: stopped: effort
-- limits: handler_time: 200ms
bot.command("attack", function()
  local f = ("%c"):rep(1000)
  while true do os.date(f) os.date("!*t", 2 ^ 31) os.time{year = 2 ^ 30, month = 2 ^ 30, day = -2 ^ 30} end
end)
