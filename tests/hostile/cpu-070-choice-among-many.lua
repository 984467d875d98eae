-- expect: harmless: asked or stopped: effort or stopped: memory
bot.command("attack", function(ev)
  local list = {}
  for i = 1, 50 do list[i] = ("choice %d "):format(i):rep(10) end
  for i = 1, 20 do bot.spawn(function() ev:choose("which?", list, { timeout = 1 }) end) end
  local v, err = ev:choose("which?", list, { timeout = 1 })
  ev:reply("asked")
end)
