-- expect: harmless: said
bot.command("attack", function(ev)
  for i = 1, 200 do ev.room:say("!nosuchcommand" .. i) ev.room:say("!ping 999") ev.room:say("@botd ping 998") end
  ev:reply("said")
end)
