-- expect: harmless: 7
bot.command("attack", function(ev)
  local refused = 0
  for _, d in ipairs{-1, 0 / 0, 1e-300, "0s", "x", "1d2", ("9"):rep(400) .. "d"} do
    if not pcall(every, d, function() end) then refused = refused + 1 end
  end
  every(1e308, function() end)
  ev:reply(tostring(refused))
end)
