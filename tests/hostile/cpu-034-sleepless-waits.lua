-- expect: stopped: effort
-- limits: steps: 500000, handler_time: 100ms
bot.command("attack", function()
  while true do
    for i = 1, 100000 do end
    sleep(0)
  end
end)
