-- expect: harmless: none of theirs
bot.command("attack", function(ev)
  local before = #cron.list()
  for _, id in ipairs{"#1", "1", "innocent#1", "innocent/1", "../innocent", ""} do pcall(cron.cancel, id) pcall(cron.pause, id) end
  ev:reply(before == 0 and "none of theirs" or "saw " .. before)
end)
