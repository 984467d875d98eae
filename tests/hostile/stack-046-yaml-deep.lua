-- expect: harmless: refused or error: stack overflow or error: deep
bot.command("attack", function(ev)
  local taken = 0
  for _, open in ipairs{"[", "{a: ", "- ", "? ", "&a [", "!!seq ["} do
    for _, n in ipairs{101, 1000, 10001, 200000} do
      local ok, v = pcall(yaml.decode, open:rep(math.min(n, 1000000 / #open)))
      if ok and v and n > 200 then taken = taken + 1 end
    end
  end
  ev:reply(taken == 0 and "refused" or "took " .. taken)
end)
