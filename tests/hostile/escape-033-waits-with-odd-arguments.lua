-- expect: harmless: tried all
bot.command("attack", function(ev)
  local odd = {0, -1, 0 / 0, 1 / 0, 1e308, "", "x", "0s", "1h", "-1s", {}, true, print, ev, json.null}
  for _, v in ipairs(odd) do
    for _, f in ipairs{
      function() sleep(v) end, function() timeout(v, function() sleep(100) end) end, function() race(v) end, function() all(v) end,
      function() race(function() sleep(v) end) end, function() all(function() error(v) end) end, function() ev.room:wait(v, v, v) end,
      function() ev.room:wait("never.comes", nil, v) end, function() bot.spawn(v):wait() end, function() bot.spawn(function() return v end):wait() end,
      function() bot.spawn(function() pcall(error, v) end):wait() end, function() ev.room:say("y", {wait = v, drop_after = v}) end,
      function() after(v, v) end, function() every(v, v) end, function() coroutine.wrap(sleep)(v) end,
    } do
      bot.spawn(function() pcall(f) end)
    end
  end
  ev:reply("tried all")
end)
