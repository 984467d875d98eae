-- expect: harmless: whispered
bot.command("attack", function(ev)
  for i = 1, 2000 do ev.user:whisper("psst " .. i) ev:react("+1") ev.room:emote("waves") end
  ev:reply("whispered")
end)
