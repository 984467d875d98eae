-- expect: error: stack overflow
bot.command("attack", function()
  local t = setmetatable({}, {})
  getmetatable(t).__concat = function(a, b) return t .. "x" end
  return t .. "x"
end)
