-- expect: error: handlers wait already
bot.command("attack", function(ev)
  for i = 1, 1500 do bot.spawn(function() ev.room:wait("never.comes") end) end
end)
