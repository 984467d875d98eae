-- expect: error: string too long or stopped: allocation
bot.command("attack", function()
  local s = ("x"):rep(1000)
  while true do s = s .. s end
end)
