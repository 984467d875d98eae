-- expect: error: module name
bot.command("attack", function() require(("a."):rep(400000) .. "b") end)
