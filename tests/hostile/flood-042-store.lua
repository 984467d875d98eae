-- expect: harmless: wrote
bot.command("attack", function(ev)
  for i = 1, 300 do bot.spawn(function() for k = 1, 20 do kv.set("k" .. k, i) kv.incr("n") kv.get("n") kv.delete("k" .. k) end end) end
  sleep(1)
  ev:reply("wrote")
end)
