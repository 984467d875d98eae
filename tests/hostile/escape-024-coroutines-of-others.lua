-- expect: harmless: sound
bot.command("attack", function(ev)
  local shared = coroutine.create(function() while true do sleep(0.01) coroutine.yield() end end)
  for i = 1, 5 do bot.spawn(function() for k = 1, 5 do pcall(coroutine.resume, shared) end end) end
  local main = coroutine.running()
  local inner
  local co = coroutine.create(function() inner = coroutine.running() return coroutine.resume(inner) end)
  local ok, again = coroutine.resume(co)
  sleep(0.2)
  ev:reply(main == nil and again == false and "sound" or "broken")
end)
