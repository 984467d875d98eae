-- expect: harmless: printed
bot.command("attack", function(ev)
  for i = 1, 20000 do print(("x"):rep(1000), i) end
  ev:reply("printed")
end)
