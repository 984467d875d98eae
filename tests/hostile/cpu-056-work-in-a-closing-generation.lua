-- expect: stopped: effort
-- limits: handler_time: 100ms
-- why: being cancelled is no licence to go on
local task
bot.command("attack", function()
  task = bot.spawn(function() pcall(sleep, 3600) while true do end end)
  bot.spawn(function() while true do pcall(function() task:wait() end) pcall(function() while true do end end) end end)
  sleep(0.05)
  task:cancel()
end)
