cron.at("0 9 * * 1-5", { id = "standup", tz = "Europe/Rome", missed = "once", grace = "1h" }, function()
  for _, room in ipairs(bot.rooms("hc/*")) do room:say("Stand-up in five minutes") end
end)
