-- expect: stopped: memory
local keep = {}
local function more()
  local s = ("x"):rep(500000) .. #keep
  local sub = bot.on("message", function() return s end)
  sub:off()
  keep[#keep + 1] = sub
  after(0, more)
end
bot.command("attack", more)
