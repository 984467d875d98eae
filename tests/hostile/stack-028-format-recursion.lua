-- expect: error: stack overflow
bot.command("attack", function()
  local t = {}
  setmetatable(t, {__tostring = function() return ("%s"):format(t) end})
  print(t)
end)
