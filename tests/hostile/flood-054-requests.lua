-- expect: harmless: still here or error: handlers wait already or error: have been spawned or throttled: quota
bot.command("attack", function(ev)
  for i = 1, 500 do bot.spawn(function() for k = 1, 100 do pcall(http.get, "http://127.0.0.1:9/" .. i, { retry = 5, timeout = "100ms", cache = "1h" }) end end) end
  sleep(0.5)
  ev:reply("still here")
end)
