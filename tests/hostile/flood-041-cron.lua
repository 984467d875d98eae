-- expect: error: entries already
bot.command("attack", function() for i = 1, 1e9 do assert(cron.every("1s", function() while true do end end)) end end)
