-- expect: stopped: memory or stopped: allocation or stopped: effort
local keep = {}
local doc = "[" .. ("{a: b}, "):rep(5000) .. "x]"
local function more() keep[#keep + 1] = yaml.decode(doc) after(0, more) end
bot.command("attack", more)
