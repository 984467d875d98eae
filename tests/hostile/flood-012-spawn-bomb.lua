-- expect: error: have been spawned or stopped: memory
local function f() assert(bot.spawn(f)) assert(bot.spawn(f)) end
bot.command("attack", f)
