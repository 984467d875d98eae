-- expect: error: deep
bot.command("attack", function()
  local t = {}
  for i = 1, 100000 do t = {t} end
  bot.emit("my.event", t)
end)
