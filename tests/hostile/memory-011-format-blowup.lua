-- expect: error: string too long or stopped: allocation
bot.command("attack", function()
  local s = ("x"):rep(1000000)
  return ("%s%s%s%s%s%s%s%s%s"):format(s, s, s, s, s, s, s, s, s)
end)
