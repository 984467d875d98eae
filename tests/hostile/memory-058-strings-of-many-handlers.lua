-- expect: stopped: memory
-- why: each handler holds little, and they are parked inside of different things
local function big(i) return ("x"):rep(60000) .. i end
bot.command("attack", function()
  for i = 1, 900 do
    bot.spawn(function()
      local mine = big(i)
      if i % 4 == 0 then pcall(sleep, 3600)
      elseif i % 4 == 1 then coroutine.wrap(function() local own = big(-i) sleep(3600) return own end)()
      elseif i % 4 == 2 then table.sort({1, 2}, function() sleep(3600) end)
      else ("x"):gsub("x", function() sleep(3600) end) end
      return mine
    end)
  end
end)
