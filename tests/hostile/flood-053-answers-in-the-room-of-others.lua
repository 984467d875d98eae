-- expect: harmless: said
-- why: the innocent script answers in the same room, and must not wait behind all this
bot.command("attack", function(ev)
  for i = 1, 20 do bot.spawn(function() while true do for k = 1, 100 do if not ev.room:say("flood") then break end end sleep(0.01) end end) end
  ev:reply("said")
end)
