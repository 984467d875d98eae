-- expect: error: would be longer
bot.command("attack", function()
  local s, t = ("\1"):rep(1000000), {}
  while true do t[#t + 1] = json.encode(s) end
end)
