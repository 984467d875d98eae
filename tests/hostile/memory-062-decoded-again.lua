-- expect: stopped: memory or stopped: allocation
local keep = {}
local s = json.encode((function() local t = {} for i = 1, 10000 do t[i] = {i} end return t end)())
local function more() keep[#keep + 1] = json.decode(s) after(0, more) end
bot.command("attack", more)
