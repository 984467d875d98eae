-- expect: error: NaN
bot.command("attack", function()
  local t = {}
  while true do t[0 / 0] = ("x"):rep(100000) end
end)
