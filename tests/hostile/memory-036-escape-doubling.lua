-- expect: error: would be longer
bot.command("attack", function()
  local s = "%"
  while true do s = text.escape(s) end
end)
