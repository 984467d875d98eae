-- expect: harmless: scanned or stopped: allocation
-- why: what a scan has found is outside of the script's memory until the script goes on
bot.command("attack", function(ev)
  local value = {}
  for i = 1, 15000 do value[i] = json.array({}) end
  for i = 1, 50 do
    local ok, err = kv.set("k" .. i, value)
    if not ok then break end
  end
  for i = 1, 100 do
    bot.spawn(function()
      pcall(kv.scan, "", {limit = 1000})
    end)
  end
  kv.scan("", {limit = 1})
  ev:reply("scanned")
end)
