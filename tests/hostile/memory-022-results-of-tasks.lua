-- expect: stopped: memory
local keep = {}
local function more()
  keep[#keep + 1] = bot.spawn(function() return ("x"):rep(500000) .. #keep end)
  after(0, more)
end
bot.command("attack", more)
