-- expect: stopped: instructions
-- limits: steps: 100000, handler_time: 20s
bot.command("attack", function()
  ::again::
  goto again
end)
