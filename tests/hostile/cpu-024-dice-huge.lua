-- expect: harmless: nil nil
bot.command("attack", function(ev)
  ev:reply(tostring(rng.dice("999999999d999999")) .. " " .. tostring(rng.dice("99999999999999999999999999999d9")))
end)
