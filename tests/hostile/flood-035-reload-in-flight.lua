-- expect: harmless: parked all
-- why: the next version must not wait for what these do
bot.command("attack", function(ev)
  for i = 1, 200 do
    bot.spawn(function() while true do pcall(sleep, 0.001) end end)
    bot.spawn(function() while true do pcall(function() table.sort({3, 2, 1}, function(a, b) sleep(0.001) return a < b end) end) end end)
    bot.spawn(function() while true do coroutine.wrap(function() pcall(sleep, 1000) end)() end end)
    bot.spawn(function() while true do local _ = ("abc"):gsub(".", function() pcall(sleep, 1000) end) end end)
  end
  ev:reply("parked all")
end)
