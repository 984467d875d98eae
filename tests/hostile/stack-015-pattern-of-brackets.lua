-- expect: error: too many captures
bot.command("attack", function() ("a"):find(("("):rep(2000) .. "a" .. (")"):rep(2000)) end)
