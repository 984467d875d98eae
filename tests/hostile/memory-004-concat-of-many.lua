-- expect: error: string too long or stopped: allocation
bot.command("attack", function()
  local s = ("x"):rep(1000000)
  while true do s = s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s end
end)
