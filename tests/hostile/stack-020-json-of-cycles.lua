-- expect: error: contains itself
bot.command("attack", function()
  local t = {}
  t.t = {t}
  json.encode(t)
end)
