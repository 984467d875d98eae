-- expect: harmless: 1000000
bot.command("attack", function(ev)
  ev:reply(tostring(#(("ab"):rep(500000)):match("^((.-)*)$" and "^(.-)$")))
end)
