-- expect: harmless: still standing
bot.command("attack", function(ev)
  local args = {}
  for i = 1, 150 do args[i] = pcall end
  pcall(unpack(args))
  for i = 1, 150 do args[i] = xpcall end
  pcall(unpack(args))
  pcall(pcall, pcall, pcall, error, error)
  xpcall(xpcall, xpcall)
  pcall(coroutine.wrap, coroutine.wrap)
  ev:reply("still standing")
end)
