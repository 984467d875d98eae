-- expect: stopped: instructions
-- limits: steps: 200000, handler_time: 20s
local function level(n)
  return coroutine.wrap(function()
    if n == 0 then while true do end end
    while true do pcall(level(n - 1)) end
  end)
end
bot.command("attack", function() while true do pcall(level(10)) end end)
