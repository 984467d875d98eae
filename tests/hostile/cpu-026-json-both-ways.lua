-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function()
  local s = "[" .. ("[],"):rep(90000) .. "0]"
  while true do json.encode((json.decode(s))) end
end)
