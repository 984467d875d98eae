-- expect: stopped: effort
bot.command("attack", function()
  local keep = {}
  for i = 1, 1000 do
    local t = {}
    t[262143] = i
    keep[i] = t
  end
end)
