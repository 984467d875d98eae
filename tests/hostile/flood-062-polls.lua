-- expect: harmless: refused
bot.command("attack", function(ev)
  local refused, left = 0, {}
  for i = 1, 200 do
    local ok, p = pcall(function() return ev.room:poll{ question = ("q"):rep(100) .. i, options = { "a", "b" }, quiet = true, native = "never" } end)
    if ok and p then left[#left + 1] = p else refused = refused + 1 end
  end
  for _, p in ipairs(left) do p:cancel() end
  ev:reply(refused > 0 and "refused" or "took all")
end)
