-- expect: harmless: refused
bot.command("attack", function(ev)
  local taken = 0
  for _, p in ipairs{("("):rep(100000) .. (")"):rep(100000), ("(?:"):rep(100000), ("a*"):rep(100000), ("[a"):rep(100000), ("(a"):rep(2000) .. (")*"):rep(2000), "a" .. ("?"):rep(100000), ("\\Q"):rep(100000)} do
    local ok, r = pcall(re.compile, p)
    if ok and r and #p > 100000 then taken = taken + 1 end
  end
  ev:reply(taken == 0 and "refused" or "took " .. taken)
end)
