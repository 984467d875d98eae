-- expect: harmless: ended
local n = 0
local function f() n = n + 1 if n < 200000 then bot.spawn(f) end end
bot.command("attack", function(ev)
  f()
  repeat sleep(0.01) until n >= 200000
  ev:reply("ended")
end)
