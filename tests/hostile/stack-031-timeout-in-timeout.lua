-- expect: error: handlers wait already or stopped: memory or stopped: time or stopped: instructions
local function f() return timeout(3600, f) end
bot.command("attack", function() f() end)
