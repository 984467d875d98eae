-- expect: throttled: log lines dropped or harmless: logged
bot.command("attack", function(ev)
  for i = 1, 20000 do log.error("flood " .. i) end
  ev:reply("logged")
end)
