-- expect: harmless: 1 1000000
bot.command("attack", function(ev)
  local s = ("a"):rep(1000000)
  local i, j = s:find("[a-z]*a*a?$")
  ev:reply(i .. " " .. j)
end)
