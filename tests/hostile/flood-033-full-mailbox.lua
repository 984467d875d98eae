-- expect: harmless: overran
-- limits: mailbox: 10, handler_time: 2s
bot.on("flood.mail", function() sleep(0) for i = 1, 100000 do end end)
bot.command("attack", function(ev)
  for i = 1, 500 do bot.emit("flood.mail") end
  ev:reply("overran")
end)
