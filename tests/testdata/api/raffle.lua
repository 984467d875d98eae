bot.command{ "raffle", args = "prize:rest", roles = {"moderator"}, run = function(ev, a)
  local r = assert(ev.room:raffle{ prize = a.prize, keyword = "!join", duration = "5m", winners = 2, claim = "60s",
    weight = function(u) return u:is("regular") and 2 or 1 end })
  ev.room:say(("Raffle for %s! Type !join. Commitment %s"):format(a.prize, r.commitment))
  local winners, proof = r:wait()
  if #winners == 0 then return ev.room:say("nobody claimed it") end
  for _, w in ipairs(winners) do ev.room:say("Winner: " .. w:mention()) end
end }
