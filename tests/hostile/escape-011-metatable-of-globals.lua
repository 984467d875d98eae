-- expect: harmless: still talks
setmetatable(_G, {__index = function(t, k) return function() return k end end, __newindex = function() end, __metatable = 1, __gc = function() end, __mode = "kv"})
bot.command("attack", function(ev) ev:reply("still talks") end)
