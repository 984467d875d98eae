-- expect: stopped: memory or stopped: allocation or stopped: effort
local keep = {}
local text = ("a,b,c\n"):rep(20000)
local function more() keep[#keep + 1] = csv.decode(text) after(0, more) end
bot.command("attack", more)
