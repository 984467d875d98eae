-- expect: stopped: effort or error: have been spawned or error: handlers wait already or stopped: memory
local function f() return all(f, f) end
bot.command("attack", function() f() end)
