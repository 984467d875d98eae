-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function() for _ in function() return 1 end do end end)
