-- expect: stopped: effort
-- limits: handler_time: 200ms
bot.command("attack", function()
  local s = ("a"):rep(1e5)
  s:find(".-.-.-.-.-b")
  s:match("(a*)*%1b")
  s:gsub("%f[a].-%f[b]", "")
  for _ in s:gmatch("()a*()a*()b") do end
end)
