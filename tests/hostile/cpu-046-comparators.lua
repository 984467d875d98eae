-- expect: stopped: effort
-- limits: handler_time: 100ms
local slow = {__lt = function() while true do end end, __le = function() while true do end end, __eq = function() while true do end end}
bot.command("attack", function()
  local a, b = setmetatable({}, slow), setmetatable({}, slow)
  bot.spawn(function() return a < b end)
  bot.spawn(function() return a <= b end)
  bot.spawn(function() return a == b end)
  bot.spawn(function() table.sort({a, b, a, b}) end)
end)
