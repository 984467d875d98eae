-- expect: stopped: effort or stopped: memory
bot.command("attack", function()
  local keep = {}
  for i = 1, 1e9 do keep[i] = function() return i, keep end end
end)
