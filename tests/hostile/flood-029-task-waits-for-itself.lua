-- expect: harmless: parked
bot.command("attack", function(ev)
  local t
  t = bot.spawn(function() t:wait() end)
  local a, b
  a = bot.spawn(function() sleep(0) b:wait() end)
  b = bot.spawn(function() sleep(0) a:wait() end)
  local c
  c = bot.spawn(function() c:cancel() c:wait() end)
  ev:reply("parked")
end)
