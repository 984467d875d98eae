-- expect: stopped: memory
local last
local function more()
  for i = 1, 10 do last = setmetatable({}, {__index = last, ("x"):rep(20000) .. i}) end
  after(0, more)
end
bot.command("attack", more)
