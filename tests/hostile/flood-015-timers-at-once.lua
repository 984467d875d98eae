-- expect: harmless: 9000
bot.command("attack", function(ev)
  local n = 0
  for i = 1, 9000 do after(0, function() n = n + 1 if n == 9000 then ev:reply(tostring(n)) end end) end
end)
