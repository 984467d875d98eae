-- expect: harmless: fine
bot.command("attack", function(ev)
  local t = bot.spawn(function() return 1 end)
  local timer = after(0, function() end)
  local sub = bot.once("x.y", function() end)
  sleep(0.05)
  for i = 1, 3 do t:cancel() timer:stop() sub:off() t:wait() end
  local every_ = every(0.01, function() end)
  every_:stop() every_:stop()
  bot.emit("x.y")
  ev:reply("fine")
end)
