-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function() text.tpl("Hi {name}", setmetatable({}, {__index = function() while true do end end})) end)
