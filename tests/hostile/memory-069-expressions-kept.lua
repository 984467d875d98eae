-- expect: stopped: memory or stopped: allocation or stopped: effort or error: too many or error: expressions
local keep = {}
local function more()
  for i = 1, 50 do keep[#keep + 1] = re.compile(("([a-z]{1,%d}|x)+"):format(50 + #keep % 200)) end
  after(0, more)
end
bot.command("attack", more)
