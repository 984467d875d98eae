-- expect: error: the last of them
bot.command("attack", function(ev)
  for _, v in ipairs{0, -1, 0 / 0, 1 / 0, 1e308, "", {}, true, print, ev, json.null} do
    bot.spawn(function() error(v) end)
    bot.spawn(function() pcall(function() bot.spawn(function() error(v) end):wait() end) end)
  end
  bot.spawn(function() error("the last of them") end)
end)
