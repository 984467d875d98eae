-- expect: stopped: instructions
-- limits: steps: 100000, handler_time: 20s
local function spin() while true do end end
bot.command("attack", function() while true do xpcall(spin, spin) end end)
