-- expect: harmless: ended
bot.command("attack", function(ev)
  local function f(n) return pcall(f, n + 1) end
  f(1)
  local function g() return select(2, pcall(g)) end
  g()
  ev:reply("ended")
end)
