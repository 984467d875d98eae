-- expect: harmless: tried all
bot.command("attack", function(ev)
  local odd = {0, "", "x", "message", "mesage", "my.event", {}, {"message"}, {1}, {{}}, {"message", "join", "my.event"}, true, print, ev, json.null, setmetatable({}, {__index = function() error("no") end})}
  local subs = 0
  for _, a in ipairs(odd) do
    for _, b in ipairs(odd) do
      for _, f in ipairs{
        function() return bot.on(a, b, function() end) end, function() return bot.once(a, b, function() end) end, function() return bot.hear(a, b, function() end) end,
        function() return bot.on("message", {text = a, rooms = b}, function() end) end, function() return bot.on("message", {users = a, roles = b, platforms = a}, function() end) end,
        function() return bot.on(a, {private = b, self = a, history = b}, function() end) end, function() return bot.command(a, b) end,
        function() return bot.command({a, aliases = b, run = function() end}) end, function() return bot.command({name = a, help = b, run = print}) end,
      } do
        local ok, sub = pcall(f)
        if ok and sub then subs = subs + 1 sub:off() sub:off() end
      end
    end
  end
  ev:reply("tried all")
end)
