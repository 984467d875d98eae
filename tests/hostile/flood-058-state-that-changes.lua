-- expect: harmless: still here
local st = state{ version = 1, n = 0, blob = "" }
for i = 1, 50 do bot.spawn(function() while true do st.n = st.n + 1 st.blob = ("x"):rep(st.n % 100000) sleep(0.005) end end) end
bot.command("attack", function(ev) sleep(1.5) ev:reply("still here") end)
