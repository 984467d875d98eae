-- expect: error: pattern too complex
bot.command("attack", function() (("a"):rep(100000)):find(("a?"):rep(5000)) end)
