-- expect: harmless: still standing
bot.command("attack", function(ev)
  local t = setmetatable({}, {})
  local mt = getmetatable(t)
  for _, name in ipairs{"__index", "__newindex", "__call", "__add", "__concat", "__eq", "__lt", "__le", "__len", "__unm", "__tostring", "__pairs", "__metatable"} do
    mt[name] = t
  end
  local tries = {function() return t.x end, function() t.x = 1 end, function() return t() end, function() return t + 1 end, function() return t .. "x" end, function() return t < t end,
    function() return #t end, function() return -t end, function() return tostring(t) end, function() for _ in pairs(t) do end end, function() return getmetatable(t) end}
  for _, f in ipairs(tries) do pcall(f) end
  ev:reply("still standing")
end)
