-- expect: stopped: allocation or stopped: memory
bot.command("attack", function()
  local keep = {}
  for i = 1, 1e9 do
    keep[i] = coroutine.create(function() coroutine.yield() end)
    coroutine.resume(keep[i])
  end
end)
