-- expect: error: kinds
bot.command("attack", function(ev)
  local kinds = {}
  for i = 1, 9000 do kinds[i] = "my." .. i end
  ev.room:wait(kinds, nil, 3600)
end)
