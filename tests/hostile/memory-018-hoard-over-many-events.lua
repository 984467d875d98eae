-- expect: stopped: memory
local keep = {}
local function hoard() for i = 1, 3000 do keep[#keep + 1] = ("x"):rep(1000) .. #keep end after(0, hoard) end
bot.command("attack", hoard)
