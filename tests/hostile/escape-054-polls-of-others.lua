-- expect: harmless: kept out
bot.command("attack", function(ev)
  local got = 0
  for _, id in ipairs{ "", "1", "p1", "innocent/1", ("x"):rep(100000), 1, -1 } do
    local ok, p = pcall(function() return bot.poll(id) end)
    if ok and p then got = got + 1 end
  end
  for _, f in ipairs{ "wait", "vote", "close" } do
    local p = ev.room:poll{ question = "?", options = { "a", "b" }, quiet = true }
    if p then
      if pcall(function() p.question = "mine" end) then got = got + 1 end
      if pcall(p[f], ev.room, ev.user, 1) then got = got + 1 end
      p:cancel()
    end
  end
  ev:reply(got == 0 and "kept out" or "got " .. got)
end)
