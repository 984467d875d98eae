-- expect: error: string too long or stopped: allocation
bot.command("attack", function()
  local t, s = {}, ("x"):rep(100000)
  for i = 1, 10000 do t[i] = s end
  return table.concat(t)
end)
