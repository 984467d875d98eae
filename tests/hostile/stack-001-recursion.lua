-- expect: error: stack overflow
local function f() return 1 + f() end
bot.command("attack", function() f() end)
