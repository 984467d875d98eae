-- expect: error: stack overflow
bot.command("attack", function()
  local t = {}
  setmetatable(t, {__tostring = function(self) return tostring(self) end})
  tostring(t)
end)
