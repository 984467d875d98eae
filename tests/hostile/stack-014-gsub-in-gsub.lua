-- expect: error: stack overflow
local function f(s) return (s:gsub(".", f)) end
bot.command("attack", function() f("a") end)
