-- expect: stopped: effort
-- limits: handler_time: 200ms
bot.command("attack", function()
  local a, b = ("x"):rep(1e6) .. "", ("x"):rep(1e6 - 1) .. "x"
  local n = 0
  while true do if a == b then n = n + 1 end if a < b then n = n + 1 end local t = {[a] = 1} n = n + t[b] end
end)
