-- expect: refused at load: filter
-- why: filters are checked for every event, outside any handler
local users = {}
for i = 1, 10000 do users[i] = "user" .. i end
for i = 1, 150 do bot.on("message", {users = users}, function() end) end
bot.command("attack", function(ev) ev:reply("fine") end)
