-- expect: stopped: memory
-- why: a thread keeps the stack of values it once needed
local keep, wide = {}, {}
for i = 1, 7000 do wide[i] = i end
local function f(...) return ... end
local function more()
  for i = 1, 4 do
    local co = coroutine.create(function() f(unpack(wide)) coroutine.yield() end)
    coroutine.resume(co)
    keep[#keep + 1] = co
  end
  after(0, more)
end
bot.command("attack", more)
