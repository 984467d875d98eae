-- expect: harmless: 10 10 nil nil
bot.command("attack", function(ev)
  ev:reply(("%s %s %s %s"):format("010" + 0, tonumber("010"), tonumber("inf"), tonumber("nan")))
end)
