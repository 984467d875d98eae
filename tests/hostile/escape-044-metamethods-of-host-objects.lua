-- expect: harmless: locked
bot.command("attack", function(ev)
  local got = {}
  for _, o in ipairs{ev, ev.room, ev.user, ev.session, bot.spawn(function() end), every(3600, function() end), kv.ns("x"), json.null} do
    for _, f in ipairs{function() o.id = "x" end, function() rawset(o, "id", "x") end, function() setmetatable(o, {}) end, function() o.__index = o end, function() return rawget(o, "id") end,
      function() table.insert(o, 1) end, function() getmetatable(o).__index = nil end, function() debug.setmetatable(o, {}) end} do
      if pcall(f) then got[#got + 1] = tostring(o) end
    end
  end
  ev:reply(#got == 0 and "locked" or "changed " .. table.concat(got, ","))
end)
