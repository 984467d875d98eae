-- expect: error: at most or harmless: refused or stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function(ev)
  local sum, err = rng.dice(("1+"):rep(500000) .. "1")
  ev:reply(sum and "rolled" or "refused")
end)
