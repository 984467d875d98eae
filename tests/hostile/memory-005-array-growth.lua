-- expect: stopped: effort or stopped: memory
bot.command("attack", function()
  local t = {}
  while true do t[#t + 1] = #t end
end)
