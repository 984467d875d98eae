-- expect: stopped: memory or stopped: allocation
local keep = {}
local function more()
  local a, b, c, d = ("x"):rep(100000), ("y"):rep(100001), ("z"):rep(100002), {}
  keep[#keep + 1] = function() return a, b, c, d end
  after(0, more)
end
bot.command("attack", more)
