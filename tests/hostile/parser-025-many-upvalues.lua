-- expect: refused at load: too many or harmless: loaded
-- generate: "local a#, b#, c#, d#, e#, f#, g#, h#, i#, j# = 1\n"*19 + "return function() return a0" + " + a0 + b1 + c2"*100 + " end"
bot.command("attack", function(ev) ev:reply("loaded") end)
