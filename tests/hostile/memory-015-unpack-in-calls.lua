-- expect: error: stack overflow or stopped: allocation or stopped: memory
bot.command("attack", function()
  local function f(...) return f(1, 2, 3, ...) end
  local t = {}
  for i = 1, 8000 do t[i] = i end
  f(unpack(t))
end)
