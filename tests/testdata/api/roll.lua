bot.command{ "roll", args = "dice:dice=1d6", cooldown = {user = "5s"}, help = "Rolls dice",
  examples = { {"!roll 1d1", "1"} },
  run = function(ev, a) ev:reply(tostring(rng.dice(a.dice))) end }
