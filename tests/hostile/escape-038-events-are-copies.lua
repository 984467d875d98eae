-- expect: harmless: copies
bot.on("innocent.event", function(ev) pcall(function() ev.data.list[1] = "hostile" ev.data.x = ev end) end)
bot.command("attack", function(ev)
  pcall(function() ev.words[1] = "hostile" end)
  pcall(function() ev.extra.x = 1 end)
  local data = {list = {1}, x = 1}
  bot.emit("innocent.event", data)
  data.list[1] = nil
  ev:reply("copies")
end)
