-- expect: error: forged
bot.command("attack", function() error(setmetatable({code = "internal", message = "forged \27[2Jby a script"}, {__tostring = function() while true do end end, __index = function() while true do end end})) end)
