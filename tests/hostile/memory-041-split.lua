-- expect: stopped: allocation or stopped: instructions or stopped: memory
bot.command("attack", function()
  local s, keep = ("x "):rep(500000), {}
  while true do keep[#keep + 1] = text.split(s, 1) end
end)
