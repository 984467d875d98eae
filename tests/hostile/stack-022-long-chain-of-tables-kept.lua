-- expect: harmless: chained
-- why: whoever measures what a script keeps must not recurse along it
bot.command("attack", function(ev)
  chain = {}
  for i = 1, 100000 do chain = {chain} end
  after(0, function() ev:reply("chained") end)
end)
