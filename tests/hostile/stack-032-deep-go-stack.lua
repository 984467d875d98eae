-- expect: harmless: went deep
-- why: each level is a call of Go in a call of Go; this is as deep as it gets
local function deep(n, level)
  if n == 0 then
    if level == 0 then return "" end
    return pcall(deep, 60, level - 1)
  end
  return tostring(setmetatable({}, {__tostring = function() deep(n - 1, level) return "" end}))
end
bot.command("attack", function(ev)
  for i = 1, 3 do deep(60, 60) end
  local function co(n)
    if n == 0 then return deep(60, 40) end
    return coroutine.wrap(co)(n - 1)
  end
  pcall(co, 14)
  ev:reply("went deep")
end)
