-- expect: harmless: sent
-- why: what goes to all must not cost the others their events
bot.command("attack", function(ev)
  for i = 1, 50 do bot.spawn(function() for k = 1, 100 do bot.emit("innocent.event", {n = k, s = ("x"):rep(1000)}) end end) end
  sleep(0.2)
  ev:reply("sent")
end)
