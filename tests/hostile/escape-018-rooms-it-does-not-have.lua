-- expect: harmless: kept out
-- config: rooms: ["lobby/lobby"]
bot.command("attack", function(ev)
  local seen = 0
  for _, r in ipairs(ev.session:rooms()) do if r.name == "attic" then seen = seen + 1 end end
  for _, r in ipairs(bot.rooms()) do if r.name == "attic" then seen = seen + 1 end end
  if bot.room("lobby/attic") then seen = seen + 1 end
  ev:reply(seen == 0 and "kept out" or "saw " .. seen)
end)
