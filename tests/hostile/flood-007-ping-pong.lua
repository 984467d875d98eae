-- expect: harmless: ended
bot.on("flood.ping", function() bot.emit("flood.pong") end)
bot.on("flood.pong", function() bot.emit("flood.ping") end)
bot.command("attack", function(ev)
  bot.emit("flood.ping")
  sleep(0.2)
  ev:reply("ended")
end)
