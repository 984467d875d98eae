-- expect: stopped: effort or stopped: memory
local keep = {}
local function more()
  keep[#keep + 1] = text.split(("a\n"):rep(300000), 1)
  after(0, more)
end
bot.command("attack", more)
