-- expect: error: would be longer
bot.command("attack", function()
  local s = ("&"):rep(1000000)
  while true do s = text.escape(s, "html") end
end)
