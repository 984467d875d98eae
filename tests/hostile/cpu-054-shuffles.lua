-- expect: stopped: effort
-- limits: handler_time: 200ms
bot.command("attack", function()
  local list, weights = {}, {}
  for i = 1, 10000 do list[i] = i weights["k" .. i] = i end
  while true do rng.shuffle(list) rng.weighted(weights) rng.pick(list) end
end)
