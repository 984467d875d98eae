-- expect: harmless: a copy
-- config: config: {list: [1, 2], deep: {x: 1}}
bot.command("attack", function(ev)
  local c = bot.config
  pcall(function() c.list[1] = "hostile" end)
  pcall(function() c.deep.x = c end)
  pcall(function() c.self = c end)
  ev:reply("a copy")
end)
