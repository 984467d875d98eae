-- expect: stopped: memory
-- why: sort works on a copy, which lives as long as its comparator waits
local t = {}
for i = 1, 200000 do t[i] = 0 end
local function more()
  bot.spawn(table.sort, t, function() sleep(3600) return false end)
  after(0, more)
end
bot.command("attack", more)
