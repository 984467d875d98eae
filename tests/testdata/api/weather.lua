bot.command{ "weather", args = "city:rest", cooldown = {user = "20s"}, run = function(ev, a)
  local ok, now = pcall(function() return assert(http.json("https://api.example.com/now", { query = {q = a.city}, cache = "5m" })) end)
  ev:reply(ok and ("%s: %d degrees"):format(a.city, now.temp) or "the weather service is asleep")
end }
