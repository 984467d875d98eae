-- expect: error: too many recursions or error: loop or error: stack overflow
bot.command("attack", function()
  local a, b = {}, {}
  setmetatable(a, {__newindex = b})
  setmetatable(b, {__newindex = a})
  a.x = 1
end)
