-- expect: stopped: effort
-- limits: handler_time: 200ms
bot.command("attack", function(ev)
  while true do ev.room:history(1e9) ev.room:users() bot.rooms("*l*/" .. ("*l"):rep(20)) bot.sessions() bot.commands() end
end)
