-- expect: error: would be longer or stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function()
  local cell, rows = ("x"):rep(1000000), {}
  for i = 1, 1000 do
    rows[i] = {}
    for k = 1, 100 do rows[i][k] = cell end
  end
  text.table(rows)
end)
