-- expect: harmless: went
bot.command("attack", function(ev)
  for i = 1, 300 do
    ev:whisper("x" .. i)
    ev:react("x")
    local m = bot.room("lobby/attic"):say("y" .. i)
    if m then m:edit("z" .. i) m:append("!") m:delete() end
  end
  ev:reply("went")
end)
