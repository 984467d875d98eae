-- expect: stopped: effort
-- say: an answer
-- say: another
bot.command("attack", function(ev)
  ev:ask("what?", { check = function(v) while true do end end, tries = 100 })
end)
