-- expect: harmless: ended
-- limits: mailbox: 100
bot.on("flood.again", function(ev)
  bot.emit("flood.again")
  bot.emit("flood.again")
end)
bot.command("attack", function(ev)
  bot.emit("flood.again")
  sleep(0.1)
  ev:reply("ended")
end)
