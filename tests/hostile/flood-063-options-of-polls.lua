-- expect: harmless: refused
bot.command("attack", function(ev)
  local many, taken = {}, 0
  for i = 1, 10000 do many[i] = ("option %d"):format(i) end
  for _, spec in ipairs{ { question = "?", options = many }, { question = ("?"):rep(500000), options = { "a", "b" } }, { question = "?", options = { ("x"):rep(500000), "b" } }, { question = "?", options = {} }, { question = "?", options = { "a", "a" } },
    { question = "?", options = { "a", "b" }, duration = -1 }, { question = "?", options = { "a", "b" }, duration = "100000d" }, { question = "?", options = { "a", "b" }, quorum = 1e300 }, { question = "?", options = { "a\0", "b\n" }, announce = 0.001 } } do
    spec.quiet, spec.native = true, "never"
    local ok, p = pcall(function() return ev.room:poll(spec) end)
    if ok and p then p:cancel() if #spec.options > 1000 or #spec.question > 10000 then taken = taken + 1 end end
  end
  ev:reply(taken == 0 and "refused" or "took " .. taken)
end)
