-- expect: stopped: memory or stopped: allocation
local keep = {}
local function more()
  for i = 1, 20 do keep[#keep + 1] = ((("x"):rep(100000)) .. #keep):gmatch("x") end
  after(0, more)
end
bot.command("attack", more)
