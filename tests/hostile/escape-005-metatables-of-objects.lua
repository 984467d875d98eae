-- expect: harmless: locked
bot.command("attack", function(ev)
  local objects = {ev, ev.room, ev.user, ev.session, json.null, bot.on("x.y", function() end), after(100, function() end),
    bot.spawn(function() end), ev.room:say("hello")}
  local open, how = 0, ""
  for i, o in ipairs(objects) do
    local mt = getmetatable(o)
    if mt then open = open + 1 end
    for n, f in ipairs{
      function() setmetatable(o, {}) end, function() o.hostile = 1 end, function() rawset(o, "hostile", 1) end,
      function() rawget(o, "hostile") end, function() next(o) end,
      function() table.insert(o, 1) end, function() getmetatable(o).__index = 1 end, function() return #o end,
      function() return o + 1 end, function() return o() end, function() return o < o end, function() return -o end,
    } do
      if pcall(f) then open, how = open + 1, how .. " " .. i .. "/" .. n end
    end
  end
  ev:reply(open == 0 and "locked" or "open" .. how)
end)
