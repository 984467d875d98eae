-- expect: stopped: effort
-- say: 1
-- say: !join
bot.command("attack", function(ev)
  ev.room:poll{ question = "?", options = { "a", "b" }, quiet = true, weight = function() while true do end end }
  ev.room:raffle{ prize = "p", keyword = "!join", quiet = true, weight = function() while true do end end }
end)
