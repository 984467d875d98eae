-- expect: harmless: refused
bot.command("attack", function(ev)
  local taken = 0
  for _, s in ipairs{"", "* * * *", "* * * * * * *", "60 * * * *", "*/0 * * * *", "*/99999999999999999999 * * * *", "1-0 * * * *", "a b c d e", "TZ=", "TZ=x * * * * *",
    "CRON_TZ=../../etc/passwd 0 0 * * *", "@every 1ns", "@every -1s", "@every", "@reboot", "@", ("*"):rep(100000), ("1,"):rep(50000) .. "1 * * * *", "0 0 0 0 0"} do
    if pcall(cron.at, s, function() end) then taken = taken + 1 end
  end
  ev:reply(taken == 0 and "refused" or "took " .. taken)
end)
