-- expect: harmless: ended
local n = 0
local function f() n = n + 1 if n < 50000 then after(0, f) end end
bot.command("attack", function(ev)
  f()
  repeat sleep(0.01) until n >= 50000
  ev:reply("ended")
end)
