-- expect: harmless: kept little
-- why: what a finished handler had on its stack must not be kept with its thread
bot.command("attack", function(ev)
  local wide = {}
  for i = 1, 20 do wide[i] = ("x"):rep(400000) .. i end
  local function f(...) local a, b, c = ... return select("#", ...) end
  f(unpack(wide))
  ev:reply("kept little")
end)
