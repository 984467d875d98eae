-- expect: harmless: still standing
bot.command("attack", function(ev)
  local f = function() return 1 end
  for i = 1, 10000 do f = setmetatable({}, {__call = f}) end
  pcall(f)
  pcall(function() return f() end)
  local g = setmetatable({}, {})
  getmetatable(g).__call = g
  pcall(g)
  pcall(function() g() end)
  ev:reply("still standing")
end)
