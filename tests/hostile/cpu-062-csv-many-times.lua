-- expect: stopped: effort
local row = ("a,\"b\"\"c\","):rep(1000) .. "\n"
local text = row:rep(40)
bot.command("attack", function() while true do local t = csv.decode(text) if t then csv.encode(t) end end end)
