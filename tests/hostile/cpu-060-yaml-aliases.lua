-- expect: harmless: refused or stopped: effort or stopped: memory
bot.command("attack", function(ev)
  local doc = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
  for i = 1, 12 do
    local ref = "*a" .. (i - 1)
    doc = doc .. ("a%d: &a%d [%s]\n"):format(i, i, (ref .. ", "):rep(8) .. ref)
  end
  local taken = 0
  for _, text in ipairs{doc, "a: &a {b: *a}", "a: &a [*a]", "<<: &m {<<: *m}", ("- "):rep(50000) .. "x", ("["):rep(100000), ("{a: "):rep(20000), ("a: "):rep(20000), ("!!map "):rep(20000), ("? "):rep(50000), "|" .. ("\n "):rep(100000)} do
    local v, err = yaml.decode(text)
    if v and not err and json.encode(v) and #json.encode(v) > 1000000 then taken = taken + 1 end
  end
  ev:reply(taken == 0 and "refused" or "took " .. taken)
end)
