-- expect: harmless: refused
bot.command("attack", function(ev)
  local deep = {}
  for i = 1, 100000 do deep = {deep} end
  local taken = 0
  for _, f in ipairs{function() return kv.set("k", deep) end, function() return bot.emit("deep.data", deep) end, function() return json.encode(deep) end, function() log.info("x", {a = deep}) return true end,
    function() return ev.room:say(deep) end, function() return cron.every("1h", deep, function() end) end, function() return kv.update("k", function() return deep end) end} do
    local ok, result = pcall(f)
    if ok and result then taken = taken + 1 end
  end
  ev:reply(taken == 0 and "refused" or "took " .. taken)
end)
