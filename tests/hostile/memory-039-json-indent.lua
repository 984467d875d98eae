-- expect: error: would be longer
bot.command("attack", function()
  local t, keep = {}, {}
  for i = 1, 30 do t = {t} end
  local list = {}
  for i = 1, 1000 do list[i] = t end
  while true do keep[#keep + 1] = json.encode(list, {indent = true}) end
end)
