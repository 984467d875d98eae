-- expect: stopped: effort
bot.command("attack", function()
  local i = 0
  while true do i = i + 1 pcall(re.compile, ("(a%d|b)"):format(i):rep(500)) end
end)
