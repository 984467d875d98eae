-- expect: stopped: effort
local long = "http://h/" .. ("%41/../"):rep(20000) .. "?" .. ("a=b&"):rep(20000)
bot.command("attack", function() while true do
  local u = url.parse(long)
  if u then pcall(url.encode, u.query) end
  pcall(url.join, long, ("../"):rep(20000)) pcall(url.decode, ("%zz"):rep(20000)) pcall(url.encode, {a = {("x"):rep(50000)}})
end end)
