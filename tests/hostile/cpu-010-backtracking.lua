-- expect: stopped: effort
-- limits: handler_time: 100ms
bot.command("attack", function()
  local s = ("a"):rep(2000)
  return s:find(".-.-.-.-.-.-.-.-b$")
end)
