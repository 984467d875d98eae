-- expect: error: too many recursions or error: loop or error: stack overflow
bot.command("attack", function()
  local a, b = {}, {}
  setmetatable(a, {__index = b})
  setmetatable(b, {__index = a})
  return a.x
end)
