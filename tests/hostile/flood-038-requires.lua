-- expect: harmless: asked
bot.command("attack", function(ev)
  for i = 1, 500 do pcall(require, "nothing" .. i) end
  ev:reply("asked")
end)
