-- expect: harmless: still here
cron.define("work", function() for i = 1, 1000 do end end)
bot.command("attack", function(ev)
  for i = 1, 500 do pcall(cron.once, 0, "work", i) end
  sleep(1)
  ev:reply("still here")
end)
