-- expect: harmless: refused
bot.command("attack", function(ev)
  local taken = 0
  for _, p in ipairs{"", "/", "..", "../innocent/x", "/../../admin", "a/../../b", "x\0y", "x\ny", ("x"):rep(10000), "%2e%2e/x", "a//evil", "?a=b", "#a", "C:\\x"} do
    local ok, r = pcall(http.hook, p, { secret = "0123456789abcdef" }, function() end)
    if ok and r then taken = taken + 1 log.warn("taken", { path = p }) end
  end
  for _, secret in ipairs{"", "short", ("x"):rep(1000000)} do
    local ok, r = pcall(http.hook, "mine", { secret = secret }, function() end)
    if ok and r and #secret < 16 then taken = taken + 1 end
  end
  ev:reply(taken == 0 and "refused" or "took " .. taken)
end)
