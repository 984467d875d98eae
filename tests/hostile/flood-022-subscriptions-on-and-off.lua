-- expect: harmless: done
bot.command("attack", function(ev)
  for i = 1, 30000 do bot.on("message", function() end):off() end
  for i = 1, 200 do bot.spawn(function() for k = 1, 20 do bot.on("join", {rooms = {"lobby/*"}}, function() end):off() sleep(0) end end) end
  sleep(0.1)
  ev:reply("done")
end)
