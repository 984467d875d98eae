-- expect: stopped: effort
local doc = {}
for i = 1, 2000 do doc[i] = "k" .. i .. ": {a: [1, 2, {b: 'x'}], c: \"y\", d: 2026-11-22T00:00:00Z}" end
doc = table.concat(doc, "\n")
bot.command("attack", function() while true do pcall(yaml.decode, doc) end end)
