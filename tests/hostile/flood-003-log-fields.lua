-- expect: error: for one line of a log
bot.command("attack", function(ev)
  local fields = {}
  for i = 1, 1000 do fields["f" .. i] = ("x"):rep(900) end
  while true do log.info("x", fields) end
end)
