-- expect: stopped: effort
-- limits: handler_time: 100ms
local function again() while true do pcall(coroutine.wrap(function() pcall(function() while true do coroutine.yield() end end) end)) end end
bot.command("attack", function()
  while true do
    local co = coroutine.create(again)
    pcall(coroutine.resume, co)
    xpcall(again, again)
  end
end)
