-- expect: harmless: won
bot.command("attack", function(ev)
  local fns = {}
  for i = 1, 500 do fns[i] = function() sleep(i / 1000) return "won" end end
  ev:reply(race(unpack(fns)))
end)
