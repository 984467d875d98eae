-- expect: error: stack overflow or error: too many
bot.command("attack", function()
  local t = {}
  for i = 1, 7900 do t[i] = i end
  local function f(...) local a = {...} return f(unpack(a), ...) end
  f(unpack(t))
  local function g(a, ...) return g(unpack(t), ...) end
  g(unpack(t))
end)
