-- expect: error: handlers wait already or error: have been spawned or stopped: memory
bot.command("attack", function()
  local task = bot.spawn(sleep, 3600)
  for i = 1, 1e9 do bot.spawn(function() task:wait() end) if i % 500 == 0 then sleep(0) end end
end)
