-- expect: error: longer than or stopped: effort
-- limits: handler_time: 100ms
-- why: each of these signs becomes eighteen others when it is taken apart
bot.command("attack", function()
  local s = ("\239\183\186"):rep(349000)
  while true do text.fold(s) end
end)
