-- expect: error: error object is a table
bot.command("attack", function()
  local e = setmetatable({}, {__tostring = function(self) error(self) end, __index = function(self) error(self) end})
  error(e)
end)
