-- expect: harmless: still talks
local reply = function(ev, s) ev:reply(s) end
for k in next, _G do if k ~= "_G" and k ~= "bot" then _G[k] = nil end end
_G.hostile = true
bot.command("attack", function(ev) reply(ev, "still talks") end)
