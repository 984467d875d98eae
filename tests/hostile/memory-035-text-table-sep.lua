-- expect: error: too long or stopped: allocation or stopped: instructions
bot.command("attack", function()
  local row, rows = {}, {}
  for i = 1, 1000 do row[i] = "x" end
  for i = 1, 1000 do rows[i] = row end
  return text.table(rows, {sep = (" "):rep(1000000)})
end)
