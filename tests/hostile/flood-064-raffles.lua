-- expect: harmless: refused
bot.command("attack", function(ev)
  local refused, left = 0, {}
  for i = 1, 200 do
    local ok, r = pcall(function() return ev.room:raffle{ prize = ("p"):rep(100) .. i, keyword = "!k" .. i, quiet = true, winners = 1e9, reroll = 1e9, claim = 0.001, native = "never" } end)
    if ok and r then left[#left + 1] = r for k = 1, 20 do pcall(r.enter, r, ev.user) end else refused = refused + 1 end
  end
  for _, r in ipairs(left) do r:cancel() end
  ev:reply(refused > 0 and "refused" or "took all")
end)
