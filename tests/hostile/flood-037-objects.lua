-- expect: harmless: made or stopped: effort
bot.command("attack", function(ev)
  for i = 1, 2000 do
    local _ = bot.rooms(), bot.sessions(), ev.room:users(), ev.room:history(1e9), ev.room:limits(), ev:table()
  end
  ev:reply("made")
end)
