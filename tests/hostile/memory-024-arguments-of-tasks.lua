-- expect: stopped: memory or throttled: have been spawned
-- why: tasks that have not begun hold what they were given
local function more(n)
  for i = 1, 10 do bot.spawn(more, ("x"):rep(100000) .. math.random()) end
end
bot.command("attack", more)
