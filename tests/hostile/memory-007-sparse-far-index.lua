-- expect: harmless: 1
bot.command("attack", function(ev)
  local t = {}
  t[2 ^ 52] = 1
  t[-2 ^ 52] = 1
  t[1e300] = 1
  t[0.5] = 1
  ev:reply(tostring(t[2 ^ 52]))
end)
