-- expect: harmless: survived
bot.command("attack", function(ev)
  for _, v in ipairs{0, -1, 1e308, -1e308, 1 / 0, -1 / 0, 0 / 0, 2 ^ 53, -2 ^ 53, 1e15, 1e11, 253402300800} do
    pcall(os.date, "%c %G %V %U %W %s", v); pcall(os.date, "*t", v); pcall(os.time, {year = v, month = v, day = v, hour = v, min = v, sec = v})
    pcall(time.format, v, "%F %T %j"); pcall(time.ago, v); pcall(time.span, v); pcall(time.parse, tostring(v)); pcall(time.duration, tostring(v))
    pcall(os.difftime, v, v); pcall(math.random, v); pcall(math.random, v, v); pcall(math.randomseed, v); pcall(rng.int, v, v); pcall(rng.int, v)
    pcall(ev.room.slow, ev.room, v); pcall(ev.user.timeout, ev.user, v, "x"); pcall(ev.room.history, ev.room, v); pcall(after, v, function() end)
  end
  ev:reply("survived")
end)
