-- expect: harmless: still here
bot.command("attack", function(ev)
  for i = 1, 300 do
    local sub = bot.command{ "n" .. i, help = ("h"):rep(2000), aliases = { "a" .. i, "b" .. i }, examples = {}, run = function() end }
    if i % 2 == 0 then sub:off() end
  end
  for i = 1, 200 do bot.commands() end
  ev:reply("still here")
end)
