-- expect: harmless: still here
bot.command("attack", function(ev)
  for i = 1, 30 do bot.spawn(function() for k = 1, 100 do bot.room("lobby/attic"):say("announce " .. k, { lane = "announce" }) end end) end
  sleep(0.5)
  ev:reply("still here")
end)
