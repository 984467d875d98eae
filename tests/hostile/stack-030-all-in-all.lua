-- expect: error: have been spawned or error: handlers wait already or stopped: memory or stopped: instructions or stopped: time
local function f() return all(f, f) end
bot.command("attack", function() f() end)
