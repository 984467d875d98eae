-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function()
  local t, s = {}, ("k"):rep(1000000)
  t[s] = 1
  while true do local _ = t[s], t[s], t[s], t[s], s == s .. "", s < s end
end)
