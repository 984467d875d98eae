bot.command("leave", function(ev) ev.room:leave() end)
