-- expect: harmless: refused
bot.command("attack", function(ev)
  local refused = 0
  for i = 1, 3000 do
    local ok, r = pcall(http.hook, "h" .. i, { secret = "0123456789abcdef" }, function() end)
    if not (ok and r) then refused = refused + 1 end
  end
  ev:reply(refused > 0 and "refused" or "took all")
end)
