-- expect: harmless: refused or stopped: effort or stopped: memory
cron.define("work", function() end)
bot.command("attack", function(ev)
  local data, refused = ("x"):rep(60000), 0
  for i = 1, 1100 do
    if i % 50 == 0 then sleep(0.2) end
    local ok, j = pcall(cron.once, "1h", "work", { data, i })
    if not (ok and j) then refused = refused + 1 end
  end
  local left = cron.jobs()
  for _, j in ipairs(left) do j:cancel() end
  ev:reply(#left <= 1000 and refused > 0 and "refused" or "took " .. #left)
end)
