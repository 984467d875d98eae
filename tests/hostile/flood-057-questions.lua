-- expect: harmless: still here
bot.command("attack", function(ev)
  for i = 1, 100 do bot.spawn(function() for k = 1, 50 do ev:ask("q" .. k, { timeout = 0.01 }) end end) end
  sleep(0.3)
  ev:reply("still here")
end)
