-- expect: error: too long or stopped: allocation or harmless: printed
bot.command("attack", function(ev)
  local t, s = {}, ("x"):rep(1000000)
  for i = 1, 7000 do t[i] = s end
  print(unpack(t))
  ev:reply("printed")
end)
