-- expect: error: string too long or stopped: allocation or harmless: 500000
bot.command("attack", function(ev)
  local s = ("x"):gsub("x", ("%%"):rep(500000))
  ev:reply(tostring(#s))
end)
