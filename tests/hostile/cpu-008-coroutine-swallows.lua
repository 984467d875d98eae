-- expect: stopped: instructions
-- limits: steps: 200000, handler_time: 20s
bot.command("attack", function()
  while true do
    local co = coroutine.create(function() while true do end end)
    coroutine.resume(co)
  end
end)
