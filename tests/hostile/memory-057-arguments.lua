-- expect: stopped: effort or stopped: memory or error: stack overflow or error: too many
bot.command("attack", function()
  local t = {}
  for i = 1, 200 do t[i] = ("x"):rep(500000) .. i end
  local function f(...) return select("#", ...) + f(unpack(t)) end
  f(unpack(t))
end)
