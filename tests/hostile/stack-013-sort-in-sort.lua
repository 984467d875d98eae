-- expect: stopped: effort or error: stack overflow
local function less() table.sort({3, 2, 1}, less) return true end
bot.command("attack", function() less() end)
