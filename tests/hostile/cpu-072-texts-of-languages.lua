-- expect: stopped: effort
local args = {}
for i = 1, 1000 do args["a" .. i] = ("{a%d}"):format(i):rep(100) end
bot.command("attack", function() while true do pcall(i18n.t, ("{a1}"):rep(10000), args) pcall(i18n.t, "none", { count = 1e308 }) end end)
