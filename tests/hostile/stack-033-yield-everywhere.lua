-- expect: harmless: sound
bot.command("attack", function(ev)
  local y = coroutine.yield
  local bodies = {
    function() table.sort({3, 2, 1}, y) end, function() ("abc"):gsub(".", y) end,
    function() return tostring(setmetatable({}, {__tostring = y})) end,
    function() for _ in y do end end, function() pcall(y) end, function() xpcall(y, y) end,
    function() return setmetatable({}, {__index = y}).x end, function() return pcall(pcall, y) end,
    function() table.foreach({1, 2}, y) end, function() return ("%s"):format(setmetatable({}, {__tostring = y})) end,
    function() return setmetatable({}, {__add = y}) + 1 end, function() return #setmetatable({}, {__len = y}) end,
    function() return setmetatable({}, {__call = y})() end, function() text.tpl("{a}", setmetatable({}, {__index = y})) end,
  }
  for _, f in ipairs(bodies) do
    local co = coroutine.create(f)
    for i = 1, 5 do coroutine.resume(co, 1) end
    local w = coroutine.wrap(f)
    for i = 1, 5 do pcall(w) end
  end
  pcall(y)
  ev:reply("sound")
end)
