-- expect: stopped: effort or error: handlers wait already or stopped: memory
local function f() return timeout(3600, f) end
bot.command("attack", function() f() end)
