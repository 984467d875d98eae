-- expect: stopped: memory or error: stack overflow
-- why: each level of a metamethod is some Go stack, which a waiting handler keeps
local function deep(n, level)
  if n == 0 then
    if level == 0 then sleep(3600) return "" end
    return pcall(deep, 60, level - 1)
  end
  return tostring(setmetatable({}, {__tostring = function() deep(n - 1, level) return "" end}))
end
local function more()
  bot.spawn(deep, 60, 60)
  after(0, more)
end
bot.command("attack", more)
