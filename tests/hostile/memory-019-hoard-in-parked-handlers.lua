-- expect: stopped: memory
local function hold() local s = ("x"):rep(900000) .. math.random(); sleep(3600); return s end
local function more() for i = 1, 20 do bot.spawn(hold) end after(0, more) end
bot.command("attack", more)
