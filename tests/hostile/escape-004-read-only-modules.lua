-- expect: harmless: locked
bot.command("attack", function(ev)
  local open = {}
  for name, m in pairs(_G) do
    if type(m) == "table" and m ~= _G then
      for _, f in ipairs{
        function() m.hostile = 1 end, function() rawset(m, "hostile", 1) end, function() rawset(m, 1, 1) end,
        function() table.insert(m, 1) end, function() table.insert(m, 1, 1) end, function() setmetatable(m, {}) end,
        function() setmetatable(m, nil) end, function() json.array(m) end, function() table.sort(m, function() end) end,
        function() m[next(m)] = nil end,
      } do
        if pcall(f) and (rawget(m, "hostile") or rawget(m, 1) or getmetatable(m) ~= false) then open[name] = true end
      end
      if getmetatable(m) ~= false then open[name] = true end
    end
  end
  open.next = nil
  local k = next(open)
  ev:reply(k and "open: " .. k or "locked")
end)
