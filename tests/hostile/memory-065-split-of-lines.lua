-- expect: stopped: memory or stopped: allocation or stopped: instructions or stopped: time
local keep = {}
local function more()
  keep[#keep + 1] = text.split(("a\n"):rep(300000), 1)
  after(0, more)
end
bot.command("attack", more)
