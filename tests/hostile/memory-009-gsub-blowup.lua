-- expect: error: string too long or stopped: allocation
bot.command("attack", function()
  local s = ("x"):rep(100000)
  return s:gsub("x", s)
end)
