-- expect: harmless: refused
bot.command("attack", function(ev)
  local refused = 0
  for i = 1, 5000 do
    local ok, r = pcall(metrics.count, "m" .. i, 1, { label = "v" .. i })
    if not (ok and r) then refused = refused + 1 end
    ok, r = pcall(metrics.observe, "same", i, { who = ("x"):rep(100) .. i })
    if not (ok and r) then refused = refused + 1 end
  end
  for _, bad in ipairs{ "", "a b", "a{}", "1", ("x"):rep(100000), "a\nb 1" } do
    if not pcall(metrics.count, bad) then refused = refused + 1 end
  end
  ev:reply(refused > 1000 and "refused" or "took all but " .. refused)
end)
