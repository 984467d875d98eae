-- expect: harmless: still here or error: handlers wait already or stopped: memory or error: have been spawned
bot.command("attack", function(ev)
  for i = 1, 3000 do
    bot.spawn(function() local big = ("x"):rep(5000) .. i ev:ask(big, { timeout = "1h" }) return big end)
  end
  ev:reply("still here")
end)
