-- expect: harmless: ended
bot.command("attack", function(ev)
  local a, b
  a = coroutine.create(function() while true do coroutine.resume(b) coroutine.yield() end end)
  b = coroutine.create(function() while true do coroutine.resume(a) coroutine.yield() end end)
  for i = 1, 100 do coroutine.resume(a) end
  ev:reply("ended")
end)
