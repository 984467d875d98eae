-- expect: harmless: none left 1
bot.command("attack", function(ev)
  for i = 1, 20000 do bot.command("c" .. i, function() end):off() end
  ev:reply("none left " .. #bot.commands())
end)
