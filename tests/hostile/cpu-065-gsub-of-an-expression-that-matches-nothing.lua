-- expect: error: longer than or error: too long or error: too many for this expression or stopped: effort
bot.command("attack", function()
  local r = re.compile("")
  local s = ("x"):rep(500000)
  while true do s = r:gsub(s, "yy") end
end)
