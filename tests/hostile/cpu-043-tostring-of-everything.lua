-- expect: stopped: effort
-- limits: handler_time: 100ms
local bad = setmetatable({}, {__tostring = function() while true do end end})
bot.command("attack", function()
  for _, f in ipairs{function() print(bad) end, function() log.info(bad) end, function() return ("%s"):format(bad) end, function() text.table({{bad}}) end, function() error(bad) end} do
    bot.spawn(f)
  end
end)
