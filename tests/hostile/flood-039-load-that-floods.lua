-- expect: harmless: loaded
for i = 1, 5000 do log.warn("flood") end
for i = 1, 2000 do bot.emit("innocent.event") end
for i = 1, 5000 do bot.spawn(function() end) end
for i = 1, 1000 do after(0, function() end) end
bot.command("attack", function(ev) ev:reply("loaded") end)
