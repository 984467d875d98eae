-- expect: harmless: still standing
bot.command("attack", function(ev)
  local function deep() return 1 + deep() end
  for i = 1, 50 do
    local co = coroutine.wrap(function() sleep(0) pcall(deep) coroutine.yield() deep() end)
    bot.spawn(function() pcall(co) pcall(co) pcall(co) end)
  end
  sleep(0.2)
  ev:reply("still standing")
end)
