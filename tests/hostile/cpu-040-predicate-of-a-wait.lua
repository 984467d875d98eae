-- expect: stopped: effort
-- limits: handler_time: 100ms
-- say: anything
-- why: the predicate runs for each event that comes, outside of the handler that waits
bot.command("attack", function(ev) ev.room:wait("message", function() while true do end end, "1h") end)
