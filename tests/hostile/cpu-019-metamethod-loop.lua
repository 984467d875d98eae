-- expect: stopped: effort
-- limits: handler_time: 200ms
bot.command("attack", function()
  local t = setmetatable({}, {__index = function(t, k) return k end, __add = function(a) return a end, __lt = function() return true end})
  while true do local x = t[1]; t = t + t; x = t < t end
end)
