-- expect: refused at load: it was called before
local ok1 = pcall(state, { version = 1, f = function() end })
local cyc = {}
cyc.c = cyc
local ok2 = pcall(state, { version = 1, c = cyc })
local ok3 = pcall(state, { version = 1, m = setmetatable({}, { __index = function() return 1 end }) })
local ok4 = pcall(state, { version = -1 })
local ok5 = pcall(state, { version = 0 / 0 })
local ok6 = pcall(state, "x")
local st = state{ version = 1, a = 1 }
local ok7 = pcall(state, { version = 1, a = 1 })
state{ version = 1, b = 2 }
bot.command("attack", function(ev)
  local taken = 0
  for _, ok in ipairs{ok1, ok2, ok4, ok5, ok6, ok7} do if ok then taken = taken + 1 end end
  ev:reply(taken == 0 and "refused" or "took " .. taken)
end)
