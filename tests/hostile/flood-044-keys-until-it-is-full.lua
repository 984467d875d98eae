-- expect: harmless: full
-- why: each waits for the disk, so many write at a time
bot.command("attack", function(ev)
  local full
  for w = 1, 100 do
    bot.spawn(function() for i = 1, 200 do local ok, err = kv.set(("k%d/%d"):format(w, i), 1) if not ok then full = err.code break end end end)
  end
  for i = 1, 200 do sleep(0.1) if full then break end end
  ev:reply(full == "quota" and "full" or "took all")
end)
