-- expect: harmless: me too
bot.on("message", {self = true, text = "^me"}, function(ev) ev.room:say("me too") end)
bot.command("attack", function(ev) ev:reply("me first") end)
