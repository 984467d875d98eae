-- expect: error: stack overflow
bot.command("attack", function()
  local t = {}
  for i = 1, 7999 do t[i] = i end
  local function f(...) return (function(...) return f(1, ...) end)(1, ...) end
  f(unpack(t))
end)
