-- expect: harmless: still here
-- say: !args x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x 
-- say: !args --n 9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999
-- say: !args --r ((((a*)*)*)*)*
-- say: !args "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"
-- say: !attack
local spec = "n:int=1 r:regex? d:duration=1s w:word? rest:rest?"
bot.command{ "args", args = spec, run = function(ev, a) if a.r then re.compile(a.r):test(("a"):rep(10000)) end end }
for _, bad in ipairs{("x:int "):rep(5000), "x:" .. ("y"):rep(100000), "x:enum(" .. ("a|"):rep(50000) .. "b)", ":::::", "x:rest y:rest", "x:int=" .. ("9"):rep(50000), ("x"):rep(100000) .. ":int"} do
  pcall(bot.command, { "bad", args = bad, run = function() end })
end
bot.command("attack", function(ev) ev:reply("still here") end)
