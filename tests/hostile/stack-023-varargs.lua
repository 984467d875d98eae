-- expect: error: stack overflow or error: too many or error: registry overflow
bot.command("attack", function()
  local function f(...) return f(..., ...) end
  local function g(...) return select("#", g(1, ...)) end
  g()
end)
