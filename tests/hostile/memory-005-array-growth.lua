-- expect: stopped: allocation or stopped: instructions or stopped: time or stopped: memory
bot.command("attack", function()
  local t = {}
  while true do t[#t + 1] = #t end
end)
