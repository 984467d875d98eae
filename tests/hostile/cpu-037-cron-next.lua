-- expect: stopped: effort or harmless: looked
-- limits: handler_time: 100ms
bot.command("attack", function(ev)
  for i = 1, 50 do
    pcall(cron.next, "0 0 29 2 1", 1000)
    pcall(cron.next, "59 59 23 31 12 6", 1000, "America/New_York")
    pcall(cron.next, "0 0 31 2 *", 1000)
  end
  ev:reply("looked")
end)
